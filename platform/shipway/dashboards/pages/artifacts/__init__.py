"""Artifacts: finding them by any text, and one with all that is recorded of it and the files that it has."""
