"""What the page of a pipeline's anomalies and drift shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from shipway.dashboards.pages.data.drift.lines import FEATURES_OFFERED, KINDS, KindChart, kind_charts
from shipway.dashboards.pages.data.drift.readings import Anomaly
from shipway.dashboards.pages.data.drift.validations import Validation, validations_of
from shipway.dashboards.pages.data.overview import EXAMPLES, NoSuchPipeline
from shipway.dashboards.pages.data.spans import SpanLine, ingested, span_lines
from shipway.lineage import LineageQueries
from shipway.lineage.newest_of_type import newest_of_pipeline
from shipway.runner.home import Home

READ = 30
"""Validations whose files are read for a page."""
ANOMALIES_SHOWN = 200
STOPPED_READ = 40
"""Examples that are asked whether their validation stopped its run."""


@dataclass(frozen=True)
class Found:
    """An anomaly and the validation that found it."""

    validation: Validation
    anomaly: Anomaly


@dataclass(frozen=True)
class DriftPage:
    """Validations oldest first; anomalies newest first, `left_out` of them not shown.

    `stopped` are spans whose last validation failed, which leaves no more than a sentence.
    """

    pipeline: str
    kind: str
    features: Sequence[str]
    offered: Sequence[str]
    validations: Sequence[Validation]
    charts: Sequence[KindChart]
    anomalies: Sequence[Found]
    left_out: int
    stopped: Sequence[SpanLine]
    before: str
    newest: str
    older: str
    problems: Sequence[str]


def drift_page(
    queries: LineageQueries, home: Home, pipeline: str, kind: str, features: Sequence[str], before: int | None
) -> DriftPage:
    """The newest validations of a pipeline, or those from below the id `before` on. Raises `NoSuchPipeline`."""
    artifacts = newest_of_pipeline(queries.service, pipeline, "ExampleAnomalies", READ, before)
    if artifacts is None:
        raise NoSuchPipeline(pipeline)
    validations, problems = validations_of(queries, home, artifacts)
    in_time = validations[::-1]
    chosen = list(dict.fromkeys(feature for feature in features if feature))
    kind = kind if kind in KINDS else ""
    charts = kind_charts(in_time, chosen, kind)
    found = [Found(one, anomaly) for one in validations for anomaly in one.anomalies]
    wanted = [one for one in found if not chosen or one.anomaly.feature in chosen]
    address = f"/data/pipeline/{quote(pipeline, safe='')}/drift"
    return DriftPage(
        pipeline=pipeline,
        kind=kind,
        features=chosen,
        offered=_offered(charts, found, chosen),
        validations=in_time,
        charts=charts,
        anomalies=wanted[:ANOMALIES_SHOWN],
        left_out=max(0, len(wanted) - ANOMALIES_SHOWN),
        stopped=_stopped(queries, pipeline) if before is None else (),
        before=str(before) if before is not None else "",
        newest=_address(address, kind, chosen, "") if before is not None else "",
        older=_address(address, kind, chosen, str(artifacts[-1].id)) if len(artifacts) == READ else "",
        problems=problems,
    )


def _offered(charts: Sequence[KindChart], found: Sequence[Found], chosen: Sequence[str]) -> list[str]:
    """Features to choose from: the chosen ones, then those that are worst."""
    measured = [line.feature for chart in charts for line in chart.lines]
    named = [one.anomaly.feature for one in found if one.anomaly.feature]
    return list(dict.fromkeys([*chosen, *measured, *named]))[:FEATURES_OFFERED]


def _stopped(queries: LineageQueries, pipeline: str) -> list[SpanLine]:
    examples = newest_of_pipeline(queries.service, pipeline, EXAMPLES, STOPPED_READ) or []
    return [line for line in span_lines(queries, ingested(queries, examples)) if line.about.failure]


def _address(address: str, kind: str, features: Sequence[str], before: str) -> str:
    given = [("kind", kind), *(("feature", one) for one in features), ("before", before)]
    query = urlencode([(name, value) for name, value in given if value])
    return f"{address}?{query}" if query else address
