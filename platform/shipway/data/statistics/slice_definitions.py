"""What to slice on, from the short forms that people write and from TFDV's SlicingConfig."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shipway.data.statistics.option_errors import BadStatsOption, UnsupportedStatsOption

SLICING_BY_SQL = "slicing by SQL"

SliceDefinition = Mapping[str, Sequence[str | int] | None]
"""From each feature's name to the values to slice on, None for every value that occurs."""


def slice_definition(given: Any) -> SliceDefinition:
    """One slice definition from "feature", ["feature", ...] or {"feature": value, values or None, ...}."""
    if isinstance(given, str) and given:
        return {given: None}
    if isinstance(given, list | tuple) and given and all(isinstance(name, str) for name in given):
        return dict.fromkeys(given)
    if isinstance(given, Mapping) and given:
        return {name: _slice_values(given, value) for name, value in given.items()}
    raise BadStatsOption("slices", given, "a feature's name, a list of names, or an object of names and values")


def _slice_values(given: Any, value: Any) -> list[str | int] | None:
    if value is None:
        return None
    values = value if isinstance(value, list | tuple) else [value]
    if not values or not all(isinstance(item, str | int) and not isinstance(item, bool) for item in values):
        raise BadStatsOption("slices", given, "strings or integers as the values of a feature")
    return list(values)


def slicing_specs(config: Any) -> list[SliceDefinition]:
    """TFDV's SlicingConfig, as an object or as JSON text, in either spelling of its fields."""
    config = json.loads(config) if isinstance(config, str) else config or {}
    found = []
    for spec in config.get("slicing_specs") or config.get("slicingSpecs") or []:
        if spec.get("slice_keys_sql") or spec.get("sliceKeysSql"):
            raise UnsupportedStatsOption("slicing_config", SLICING_BY_SQL)
        keys = spec.get("feature_keys") or spec.get("featureKeys") or []
        values = spec.get("feature_values") or spec.get("featureValues") or {}
        if keys or values:
            found.append(slice_definition({**dict.fromkeys(keys), **values}))
    return found
