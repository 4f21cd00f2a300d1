"""The list of runs, one run with its graph and bars, its tasks and their logs."""
