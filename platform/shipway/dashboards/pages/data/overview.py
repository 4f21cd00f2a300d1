"""`/data` and `/data/pipeline/{pipeline}`: which data there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.data.spans import SpanLine, ingested, span_lines
from shipway.lineage import LineageQueries
from shipway.lineage.newest_of_type import newest_of_pipeline, newest_of_type, newest_pipelines

EXAMPLES = "Examples"
READ, READ_OF_PIPELINE = 120, 60
"""Examples that are read for a page; about half of them may be a Transform's."""
LINES_A_PIPELINE = 5
PIPELINES_NAMED = 100


@dataclass(frozen=True)
class PipelineSpans:
    """The newest spans of a pipeline; `has_more` says that the page left out some that it read."""

    name: str
    lines: Sequence[SpanLine]
    has_more: bool


@dataclass(frozen=True)
class DataPage:
    """The pipelines with the newest data; `others` have none among what was read. Addresses are "" for nothing."""

    pipelines: Sequence[PipelineSpans]
    others: Sequence[str]
    newest: str
    older: str


@dataclass(frozen=True)
class PipelinePage:
    """The spans of one pipeline, a page of them."""

    name: str
    lines: Sequence[SpanLine]
    newest: str
    older: str


class NoSuchPipeline(NotFound):
    """A pipeline of which nothing is recorded."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Nothing is recorded of a pipeline {name[:300]!r}: the page of all data has the pipelines that read some."
        )


def data_page(queries: LineageQueries, before: int | None) -> DataPage:
    """The newest data of all pipelines, or that from below the id `before` on."""
    examples = newest_of_type(queries.service, EXAMPLES, READ, before)
    by_pipeline: dict[str, list[int]] = {}
    found = ingested(queries, examples)
    for place, (_, maker) in enumerate(found):
        by_pipeline.setdefault(maker.execution.pipeline if maker else "", []).append(place)
    shown = sorted(place for places in by_pipeline.values() for place in places[:LINES_A_PIPELINE])
    lines = dict(zip(shown, span_lines(queries, [found[place] for place in shown]), strict=True))
    return DataPage(
        pipelines=[
            PipelineSpans(name, [lines[place] for place in places[:LINES_A_PIPELINE]], len(places) > LINES_A_PIPELINE)
            for name, places in by_pipeline.items()
        ],
        others=sorted(set(newest_pipelines(queries.service, PIPELINES_NAMED)) - by_pipeline.keys()),
        newest="/data" if before is not None else "",
        older=f"/data?before={examples[-1].id}" if len(examples) == READ else "",
    )


def pipeline_page(queries: LineageQueries, pipeline: str, before: int | None) -> PipelinePage:
    """The spans of a pipeline from below an id on. Raises `NoSuchPipeline`."""
    examples = newest_of_pipeline(queries.service, pipeline, EXAMPLES, READ_OF_PIPELINE, before)
    if examples is None:
        raise NoSuchPipeline(pipeline)
    address = f"/data/pipeline/{quote(pipeline, safe='')}"
    return PipelinePage(
        name=pipeline,
        lines=span_lines(queries, ingested(queries, examples)),
        newest=address if before is not None else "",
        older=f"{address}?before={examples[-1].id}" if len(examples) == READ_OF_PIPELINE else "",
    )
