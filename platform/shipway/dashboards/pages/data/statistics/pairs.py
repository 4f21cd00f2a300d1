"""Features of two data sets side by side, and which of them a page is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.dashboards.pages.data.statistics.features import Feature


@dataclass(frozen=True)
class Pair:
    """A feature in the data set and in the other one; one of them may be None, not both."""

    here: Feature | None
    there: Feature | None
    distance: float | None = None

    @property
    def shown(self) -> Feature:
        """The one that says its name and kind."""
        found = self.here or self.there
        assert found is not None
        return found

    @property
    def alike(self) -> tuple[Feature | None, Feature | None]:
        """The two, without one that is of another kind than what is shown."""
        kind = self.shown.kind
        here, there = (one if one and one.kind == kind else None for one in (self.here, self.there))
        return here, there

    def histograms(self, kind: int) -> tuple[Any | None, Any | None]:
        """The histograms of a type of both."""
        here, there = self.alike
        return here and here.histogram(kind), there and there.histogram(kind)

    @property
    def lengths(self) -> tuple[Any | None, Any | None]:
        """The quantiles of how many values a row has, of both."""
        here, there = self.alike
        return here and here.lengths, there and there.lengths


def pairs_of(
    here: Mapping[tuple[str, ...], Feature],
    there: Mapping[tuple[str, ...], Feature],
    distances: Mapping[tuple[str, ...], float],
) -> list[Pair]:
    """Every feature of either data set, in the order of the first."""
    return [Pair(here.get(path), there.get(path), distances.get(path)) for path in dict.fromkeys([*here, *there])]


def found_among(pairs: Iterable[Pair], find: str, kind: str) -> list[Pair]:
    """Those whose names have all the words of `find`, and that are of a kind; "" is any."""
    words = find.lower().split()
    return [
        one for one in pairs if kind in ("", one.shown.kind) and all(word in one.shown.name.lower() for word in words)
    ]
