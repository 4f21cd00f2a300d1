"""How much one feature may remember before it falls back to a bounded summary."""

from __future__ import annotations

from dataclasses import dataclass

BUDGET_VALUES = 1 << 25
MOST_VALUES = 1 << 20
FEWEST_VALUES = 1 << 13


@dataclass(frozen=True)
class Capacity:
    """What an accumulator holds exactly.

    `quantile_values` are the numbers kept for quantiles, `distinct_values` and `distinct_bytes` the different values
    kept with their counts. Past them quantiles have a rank error below 1 %, the number of different values is estimated
    within about 1 %, and rare values are forgotten.
    """

    quantile_values: int = MOST_VALUES
    distinct_values: int = 1 << 20
    distinct_bytes: int = 64 << 20

    @classmethod
    def for_features(cls, features: int) -> Capacity:
        """Share a budget of 256 MiB for quantiles among the features of a table."""
        share = BUDGET_VALUES // max(features, 1)
        return cls(quantile_values=min(max(share, FEWEST_VALUES), MOST_VALUES))

    @classmethod
    def for_slice(cls) -> Capacity:
        """The least of everything, because there may be hundreds of slices."""
        return cls(FEWEST_VALUES, distinct_values=1 << 16, distinct_bytes=4 << 20)
