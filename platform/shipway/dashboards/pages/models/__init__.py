"""Models: the registry, and how good each is."""
