"""A model that a runtime will not load, however often it is asked to."""

from __future__ import annotations

from shipway.errors import InputError


class ModelRefused(InputError):
    """Loading it would run code that no model should bring, or its files are not what the runtime takes."""
