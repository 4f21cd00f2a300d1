"""The steps of Shipway: one folder a step, listed in `shipway_components.steps`."""
