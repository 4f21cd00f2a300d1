"""Runs as the pages show them: what journals, specifications and logs of this machine say, and what lineage says.

Either may be missing. A run of a cluster is in lineage alone; one whose metadata store is out of reach is in its
journal alone; what cannot be read is told in `problems`, and the rest is shown.
"""
