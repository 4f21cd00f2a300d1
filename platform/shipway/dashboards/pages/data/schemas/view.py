"""What the page of a pipeline's schema shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.artifacts.view import recorded
from shipway.dashboards.pages.data.overview import NoSuchPipeline
from shipway.dashboards.pages.data.schemas.differences import VersionLine, version_line, version_lines
from shipway.dashboards.pages.data.schemas.files import facts_in, schema_file, schema_in
from shipway.dashboards.pages.data.schemas.history import SCHEMA, History, Version, history_of
from shipway.dashboards.runs.texts import plain
from shipway.data.schema_facts import Facts
from shipway.errors import ShipwayError
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.artifact_uses import makers_of
from shipway.runner.home import Home

VERSIONS_A_PAGE = 10
FEATURES_SHOWN = 300
COLUMNS = {
    "type": "Type",
    "presence": "Presence",
    "values": "Values a row",
    "domain": "Domain",
    "environments": "Environments",
    "drift": "Drift",
    "skew": "Skew",
}
"""Facts that have a column where any feature has them; all others are told together."""


@dataclass(frozen=True)
class FeatureLine:
    """A feature's facts, and those that have no column."""

    name: str
    facts: Facts
    rest: str


@dataclass(frozen=True)
class SchemaPage:
    """A pipeline's schema: one version in full, `shown` with its `features`, and the history."""

    pipeline: str
    shown: VersionLine | None
    columns: Sequence[str]
    features: Sequence[FeatureLine]
    found: int
    left_out: int
    environments: Sequence[str]
    find: str
    history: Sequence[VersionLine]
    output: str
    outputs: Sequence[str]
    is_newest: bool
    newest: str
    older: str
    problems: Sequence[str]


class NoSchema(NotFound):
    """An artifact that is no schema."""

    def __init__(self, artifact: RecordedArtifact) -> None:
        super().__init__(
            f"Artifact {artifact.id} is a {plain(artifact.type_name)[:100]}, no Schema: the history has those that are."
        )


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a version by its artifact's id, the output that puts schemas out, words, a place."""

    version: str = ""
    output: str = ""
    find: str = ""
    before: int | None = None


def schema_page(queries: LineageQueries, home: Home, pipeline: str, asked: Asked) -> SchemaPage:
    """The schema now, or the version that is asked for. Raises `NoSuchPipeline`, `NoSuchArtifact` and `NoSchema`."""
    history = history_of(queries, pipeline, asked.output, asked.before, VERSIONS_A_PAGE)
    if history is None:
        raise NoSuchPipeline(pipeline)
    problems: dict[str, None] = {}
    lines = version_lines(history.versions, home, problems)[:VERSIONS_A_PAGE]
    shown = _chosen(queries, home, pipeline, asked, lines, problems)
    features, environments = _features(shown, home, problems)
    words = asked.find.lower().split()
    found = [one for one in features if all(word in one.name.lower() for word in words)]
    address = f"/data/pipeline/{quote(pipeline, safe='')}/schema"
    output = history.output if asked.output else ""
    return SchemaPage(
        pipeline=pipeline,
        shown=shown,
        columns=[column for column in COLUMNS if any(column in one.facts for one in features)],
        features=found[:FEATURES_SHOWN],
        found=len(found),
        left_out=max(0, len(found) - FEATURES_SHOWN),
        environments=environments,
        find=asked.find,
        history=lines,
        output=history.output,
        outputs=history.outputs,
        is_newest=not asked.version and asked.before is None,
        newest=_address(address, output, None) if asked.before is not None else "",
        older=_address(address, output, history.older) if history.older is not None else "",
        problems=list(problems),
    )


def _chosen(
    queries: LineageQueries,
    home: Home,
    pipeline: str,
    asked: Asked,
    lines: Sequence[VersionLine],
    problems: dict[str, None],
) -> VersionLine | None:
    """The version that the page shows in full."""
    if not asked.version:
        return lines[0] if lines else None
    artifact = recorded(queries, asked.version)
    if artifact.type_name != SCHEMA:
        raise NoSchema(artifact)
    known = next((one for one in lines if artifact.id in (one.version.newest.id, one.version.oldest.id)), None)
    if known is not None and not known.is_unread:
        return known
    maker = makers_of(queries.service, [artifact.id]).get(artifact.id)
    own = Version(artifact, artifact, maker, 1)
    history = history_of(queries, pipeline, maker.key if maker else "", artifact.id, 1)
    return version_line(own, _before(history, artifact), home, problems)


def _before(history: History | None, artifact: RecordedArtifact) -> Version | None:
    """The newest version with another content."""
    versions = history.versions if history else ()
    return next((one for one in versions if not artifact.digest or one.newest.digest != artifact.digest), None)


def _features(
    shown: VersionLine | None, home: Home, problems: dict[str, None]
) -> tuple[list[FeatureLine], Sequence[str]]:
    if shown is None:
        return [], ()
    try:
        file = schema_file(shown.version.newest, home)
        facts, environments = facts_in(file), list(schema_in(file).default_environment)
    except ShipwayError as fault:
        problems[str(fault)] = None
        return [], ()
    return [_feature(name, one) for name, one in facts.items()], environments


def _feature(name: str, facts: Facts) -> FeatureLine:
    rest = "; ".join(f"{fact}: {text}" for fact, text in facts.items() if fact not in COLUMNS)
    return FeatureLine(name, facts, rest)


def _address(address: str, output: str, before: int | None) -> str:
    query = urlencode({name: value for name, value in (("output", output), ("before", before)) if value})
    return f"{address}?{query}" if query else address
