"""What a page of statistics shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.data.statistics.asked import Asked
from shipway.dashboards.pages.data.statistics.comparable import (
    Comparable,
    comparables,
    other_data_set,
    splits_to_compare,
    title_of,
)
from shipway.dashboards.pages.data.statistics.datasets import DataSet, data_set
from shipway.dashboards.pages.data.statistics.distances import KeptDistances, distances
from shipway.dashboards.pages.data.statistics.features import features_of
from shipway.dashboards.pages.data.statistics.order import in_order
from shipway.dashboards.pages.data.statistics.pairs import Pair, found_among, pairs_of
from shipway.dashboards.pages.data.statistics.rows import KindTable, kind_tables
from shipway.dashboards.statistics_files import without_data_extra
from shipway.errors import ShipwayError
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.ingredients import Origins, ingredients_of
from shipway.runner.home import Home

FEATURES_A_PAGE = 60
DISTANCES = KeptDistances()


@dataclass(frozen=True)
class StatisticsPage:
    """One split of an artifact, `here`, and what it is held against, `there`; both None where they cannot be read.

    `first` is the place of the first feature on the page, from 1 on, among the `found`; `features` are all there are.
    """

    artifact: RecordedArtifact
    origins: Origins | None
    asked: Asked
    here: DataSet | None = None
    there: DataSet | None = None
    others: Sequence[Comparable] = ()
    other_splits: Sequence[str] = ()
    kinds: Sequence[tuple[str, int]] = ()
    tables: Sequence[KindTable] = ()
    features: int = 0
    found: int = 0
    first: int = 0
    last: int = 0
    is_weighted: bool = False
    problems: Sequence[str] = ()

    @property
    def pipeline(self) -> str:
        return self.origins.maker.execution.pipeline if self.origins else ""

    @property
    def examples(self) -> RecordedArtifact | None:
        """The rows that were counted."""
        taken = self.origins.taken.values() if self.origins else ()
        return next((one for one in taken if one.type_name == "Examples"), None)

    @property
    def title(self) -> str:
        span = self.artifact.metadata.get("span")
        return f"Statistics of span {span}" if span is not None else f"Statistics {self.artifact.id}"


def statistics_page(queries: LineageQueries, home: Home, artifact: RecordedArtifact, asked: Asked) -> StatisticsPage:
    """All of the page; what cannot be read is told in `problems`."""
    origins = ingredients_of(queries.service, [artifact.id]).get(artifact.id)
    page = StatisticsPage(artifact, origins, asked)
    try:
        here = data_set(artifact, home, asked.split, asked.slice)
    except ImportError as error:
        return replace(page, problems=[without_data_extra(error)])
    except ShipwayError as fault:
        return replace(page, problems=[str(fault)])
    there, problems = _other(queries, home, artifact, here, asked)
    offered = comparables(queries, artifact, origins.maker if origins else None)
    if there and there.artifact.id not in (artifact.id, *(one.id for one in offered)):
        offered = [Comparable(there.artifact.id, title_of(there.artifact)), *offered]
    page = replace(page, here=here, there=there, others=offered, other_splits=splits_to_compare(here, there))
    return _with_features(page, problems)


def _other(
    queries: LineageQueries, home: Home, artifact: RecordedArtifact, here: DataSet, asked: Asked
) -> tuple[DataSet | None, list[str]]:
    try:
        return (other_data_set(queries, home, artifact, here, asked) if asked.compares else None), []
    except NotFound as fault:
        return None, [f"There is nothing to compare with. {fault}"]
    except ShipwayError as fault:
        return None, [str(fault)]


def _with_features(page: StatisticsPage, problems: list[str]) -> StatisticsPage:
    """The page with the features that it shows."""
    here, there = page.here, page.there
    assert here is not None
    asked = page.asked if there else replace(page.asked, against="", against_split="")
    own = features_of(here.content, asked.weighted)
    other = features_of(there.content, asked.weighted) if there else {}
    apart = DISTANCES.of((here.key, there.key, asked.weighted), lambda: distances(own, other)) if there else {}
    pairs = pairs_of(own, other, apart)
    found = in_order(found_among(pairs, asked.find, asked.kind), asked.order, there is not None)
    first = min(asked.page - 1, max(0, len(found) - 1) // FEATURES_A_PAGE) * FEATURES_A_PAGE
    shown = found[first : first + FEATURES_A_PAGE]
    return replace(
        page,
        kinds=_kinds(pairs),
        tables=kind_tables(shown, asked),
        features=len(pairs),
        found=len(found),
        first=first + 1,
        last=first + len(shown),
        is_weighted=any(one.has_weights for one in own.values()),
        problems=problems,
    )


def _kinds(pairs: Sequence[Pair]) -> list[tuple[str, int]]:
    return sorted(Counter(one.shown.kind for one in pairs).items(), key=lambda one: -one[1])
