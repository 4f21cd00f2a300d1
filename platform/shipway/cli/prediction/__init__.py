"""The parts of `shipway predict`: rows from a file, values as a model takes them, models to ask, answers to a file."""
