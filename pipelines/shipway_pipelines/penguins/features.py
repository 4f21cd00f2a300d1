"""The names of the penguins' features."""

from __future__ import annotations

LABEL = "species"
SPECIES = 3

MEASURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


def transformed_name(name: str) -> str:
    """What a feature is called after the transform."""
    return f"{name}_xf"
