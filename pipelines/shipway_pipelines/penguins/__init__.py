"""Which species is a penguin? Small enough to try anything out on it."""
