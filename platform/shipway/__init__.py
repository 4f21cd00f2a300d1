"""Shipway: the same compiled pipeline on a laptop and in a cluster."""

__version__ = "0.1.0"
