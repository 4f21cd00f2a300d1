"""What statistics are made with: TFDV's StatsOptions where they mean something, from the JSON that TFDV writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from shipway.data.statistics.option_errors import (
    BadStatsOption,
    UnknownAllowedFeature,
    UnknownStatsOption,
    UnsupportedStatsOption,
)
from shipway.data.statistics.slice_definitions import SLICING_BY_SQL, SliceDefinition, slice_definition, slicing_specs

NO_EFFECT = {
    "TYPE_NAME",
    "add_default_generators",
    "desired_batch_size",
    "epsilon",
    "experimental_filter_read_paths",
    "experimental_num_feature_partitions",
    "experimental_result_partitions",
    "infer_type_from_schema",
    "schema",
    "semantic_domain_stats_sample_rate",
    "use_sketch_based_topk_uniques",
}
"""Options of TFDV that tune how it computes, and change nothing in what is computed here."""

UNSUPPORTED = {
    "label_feature": "lift statistics",
    "enable_semantic_domain_stats": "semantic domain statistics",
    "vocab_paths": "natural language statistics",
    "generators": "custom generators",
    "slice_functions": "slice functions",
    "slice_sqls": SLICING_BY_SQL,
    "per_feature_stats_config": "statistics chosen per feature",
}
"""Options of TFDV that ask for what is not computed here."""

DEFAULTS_OF_UNSUPPORTED: tuple[object, ...] = (None, False, "", [], {})


@dataclass(frozen=True)
class StatisticsOptions:
    """Names, meaning and defaults are TFDV's.

    `slices` is a sequence of slice definitions, each from a feature's name to the values to slice on (None: every
    value); a definition with several features makes a slice of every combination.
    """

    weight_feature: str = ""
    per_feature_weight_override: Mapping[str, str] = field(default_factory=dict)
    feature_allowlist: Sequence[str] = ()
    sample_rate: float = 1.0
    num_top_values: int = 20
    frequency_threshold: int = 1
    weighted_frequency_threshold: float = 1.0
    num_rank_histogram_buckets: int = 1000
    num_values_histogram_buckets: int = 10
    num_histogram_buckets: int = 10
    num_quantiles_histogram_buckets: int = 10
    slices: Sequence[SliceDefinition] = ()

    def __post_init__(self) -> None:
        if not 0 < self.sample_rate <= 1:
            raise BadStatsOption("sample_rate", self.sample_rate, "above 0 and at most 1")
        for name in ("num_top_values", "num_rank_histogram_buckets", "num_histogram_buckets"):
            if getattr(self, name) < 1:
                raise BadStatsOption(name, getattr(self, name), "at least 1")
        for name in ("num_values_histogram_buckets", "num_quantiles_histogram_buckets"):
            if getattr(self, name) < 2:
                raise BadStatsOption(name, getattr(self, name), "at least 2")

    @property
    def largest_rank(self) -> int:
        """How many of the most frequent values are wanted."""
        return max(self.num_top_values, self.num_rank_histogram_buckets)

    @property
    def weighted(self) -> bool:
        return bool(self.weight_feature or self.per_feature_weight_override)

    def weight_of(self, feature: str) -> str:
        """The column that weighs the rows for `feature`; "" for none."""
        return self.per_feature_weight_override.get(feature) or self.weight_feature

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> StatisticsOptions:
        """Read options by TFDV's names, `StatsOptions.to_json` included (names may begin with an underscore).

        Raises `UnknownStatsOption`, `UnsupportedStatsOption` and `BadStatsOption`.
        """
        known = {item.name: item for item in fields(cls)}
        chosen: dict[str, Any] = {}
        for raw, value in given.items():
            name = raw.removeprefix("_")
            if name in known and value is not None:
                chosen[name] = _checked(name, value, known[name].type)
            elif name in ("slicing_config", "slicing_config_json"):
                chosen["slices"] = (*chosen.get("slices", ()), *slicing_specs(value))
            elif name == "per_feature_weight_override_json" and value:
                chosen["per_feature_weight_override"] = {_path_name(path): weight for path, weight in value.items()}
            elif name == "add_default_generators" and value is False:
                raise UnsupportedStatsOption(name, "nothing but custom statistics")
            elif name in UNSUPPORTED and value not in DEFAULTS_OF_UNSUPPORTED:
                raise UnsupportedStatsOption(name, UNSUPPORTED[name])
            elif name not in {*known, *UNSUPPORTED, *NO_EFFECT}:
                raise UnknownStatsOption(raw, sorted(known))
        return cls(**chosen)

    def with_slices(self, slices: Sequence[Any]) -> StatisticsOptions:
        """These options and more slices: feature names, lists of them, or mappings from a name to values."""
        return replace(self, slices=(*self.slices, *(slice_definition(given) for given in slices)))


def check_allowlist(options: StatisticsOptions, features: Sequence[str]) -> None:
    """Raise `UnknownAllowedFeature` for a name on the allow list that is not among `features`."""
    for name in options.feature_allowlist:
        if name not in features:
            raise UnknownAllowedFeature(name, features)


def _path_name(path: str) -> str:
    """The feature's name out of the JSON of a one-step TFDV FeaturePath, or the name itself."""
    try:
        steps = json.loads(path)
    except ValueError:
        return path
    return str(steps[0]) if isinstance(steps, list) and steps else path


def _checked(name: str, value: Any, kind: Any) -> Any:
    if name == "slices":
        return tuple(slice_definition(given) for given in value)
    if kind == "int" and (not isinstance(value, int) or isinstance(value, bool)):
        if not (isinstance(value, float) and value.is_integer()):
            raise BadStatsOption(name, value, "a whole number")
        return int(value)
    if kind == "float" and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise BadStatsOption(name, value, "a number")
    if kind == "str" and not isinstance(value, str):
        raise BadStatsOption(name, value, "a feature's name")
    if name == "feature_allowlist" and not (isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)):
        raise BadStatsOption(name, value, "a list of features' names")
    return value
