"""Models: the registry, a pipeline's versions over time, and how good each is."""
