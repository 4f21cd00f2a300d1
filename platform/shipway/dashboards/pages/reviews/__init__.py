"""People's decisions on models."""
