"""A page of what a search found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

from shipway.artifacts import ARTIFACT_TYPES
from shipway.dashboards.pages.artifacts.search.feed import ArtifactFeed
from shipway.dashboards.pages.artifacts.search.index import SearchIndex
from shipway.dashboards.pages.artifacts.search.texts import Wanted
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.artifact_uses import Use, makers_of
from shipway.lineage.listing import recorded_artifacts

ON_A_PAGE = 50
LAST_PAGE = 200
TELLING = ("span", "version", "rows", "blessed", "approved", "by", "pushed", "pushed_version", "features", "anomalies")
"""Properties that say at a glance which artifact this is."""

LONGEST_FACT = 60


@dataclass(frozen=True)
class Line:
    """An artifact in one line."""

    artifact: RecordedArtifact
    facts: Sequence[str]
    made_by: Use | None


@dataclass(frozen=True)
class Results:
    """What was found. `older` and `newer` are addresses of pages, "" where there is none.

    `is_whole` is False while the store is still being read; of a store too large for the memory that searching may
    take, artifacts with ids below `forgotten_below` are found by their ids alone.
    """

    wanted: Wanted
    lines: Sequence[Line]
    page: int
    newer: str
    older: str
    types: Sequence[str]
    known: int
    is_whole: bool
    forgotten_below: int


def search_results(queries: LineageQueries, feed: ArtifactFeed, wanted: Wanted, page: int) -> Results:
    """Page `page` of what is wanted, from 1 on."""
    index, is_whole = feed.current()
    page = min(max(page, 1), LAST_PAGE)
    ids, is_last = _found(index, wanted, page)
    if page == 1 and (exact := wanted.artifact_id):
        ids = [exact, *(one for one in ids if one != exact)]
    return Results(
        wanted=wanted,
        lines=_lines(queries, ids, wanted),
        page=page,
        newer=address(wanted, page - 1) if page > 1 else "",
        older="" if is_last or page == LAST_PAGE else address(wanted, page + 1),
        types=sorted({*ARTIFACT_TYPES, *index.types}),
        known=len(index),
        is_whole=is_whole,
        forgotten_below=index.forgotten_below,
    )


def address(wanted: Wanted, page: int = 1) -> str:
    """The address of a page of results."""
    asked = {"q": wanted.text, "type": wanted.type_name, "state": wanted.state, "pipeline": wanted.pipeline}
    if page > 1:
        asked["page"] = str(page)
    words = urlencode({name: value for name, value in asked.items() if value})
    return f"/artifacts?{words}" if words else "/artifacts"


def facts_of(artifact: RecordedArtifact) -> list[str]:
    """What tells an artifact from others of its type, as `span 3`."""
    return [f"{name} {artifact.metadata[name]}"[:LONGEST_FACT] for name in TELLING if name in artifact.metadata]


def _found(index: SearchIndex, wanted: Wanted, page: int) -> tuple[list[int], bool]:
    first = (page - 1) * ON_A_PAGE
    ids = list(islice(index.search(wanted), first, first + ON_A_PAGE + 1))
    return ids[:ON_A_PAGE], len(ids) <= ON_A_PAGE


def _lines(queries: LineageQueries, ids: Sequence[int], wanted: Wanted) -> list[Line]:
    """What is recorded of the ids now; an id that the text merely may be does not pass by the other conditions."""
    found = recorded_artifacts(queries.service, ids)
    makers = makers_of(queries.service, found)
    fitting = [one for number in ids if (one := found.get(number)) and _fits(one, wanted)]
    return [Line(one, facts_of(one), makers.get(one.id)) for one in fitting]


def _fits(artifact: RecordedArtifact, wanted: Wanted) -> bool:
    return wanted.type_name in ("", artifact.type_name) and wanted.state in ("", artifact.state)
