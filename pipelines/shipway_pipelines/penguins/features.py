"""The names of the penguins' features."""

from __future__ import annotations

LABEL = "species"
SPECIES = 3

MEASURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")

NOT_ASKED = ("island", "sex", "year")
"""What the model does without, when it learns and when it is asked; good to look at it by."""


def transformed_name(name: str) -> str:
    """What a feature is called after the transform."""
    return f"{name}_xf"
