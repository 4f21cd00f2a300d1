"""The data plane: rows as Arrow batches, from whatever files or tables they come in to the splits that steps read."""
