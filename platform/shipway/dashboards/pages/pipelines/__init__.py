"""The pipelines, and one pipeline with its runs over time."""
