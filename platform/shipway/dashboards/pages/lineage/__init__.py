"""Lineage as a drawn graph, and the questions of an auditor: a model's story, and the models that saw a span."""
