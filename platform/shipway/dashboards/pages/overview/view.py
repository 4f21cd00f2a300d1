"""What the first page shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from shipway.lineage import LineageQueries, RecordedArtifact, RecordedExecution
from shipway.runner.home import Home
from shipway.runner.results import DAMAGED, FAILED, INTERRUPTED, RUNNING, RunResult
from shipway.runner.run_store import DamagedRun, run_ids
from shipway.runner.runs import read_run

LATEST_RUNS, RUNS_LOOKED_AT = 8, 40
MODELS, PUSHES, SPANS = 5, 5, 8
BROKEN = frozenset({FAILED, INTERRUPTED, DAMAGED})


@dataclass(frozen=True)
class RunLine:
    """A run in one line. `seconds` is how long it has been worked on; `sentence` says why it failed."""

    run_id: str
    pipeline: str
    state: str
    started_ms: float
    seconds: float
    sentence: str


@dataclass(frozen=True)
class ArtifactLine:
    """An artifact in one line: what made it, and what is worth knowing of it."""

    id: int
    type_name: str
    pipeline: str
    run_id: str
    state: str
    created_ms: int
    facts: Sequence[str]


@dataclass(frozen=True)
class Overview:
    """The latest runs, the pipelines whose last run did not succeed, and the newest of everything that lasts."""

    runs: Sequence[RunLine]
    failing: Sequence[RunLine]
    models: Sequence[ArtifactLine]
    pushes: Sequence[ArtifactLine]
    spans: Sequence[ArtifactLine]


def run_lines(home: Home) -> list[RunLine]:
    """The latest runs of this home, the newest first."""
    return [_run_line(home, run_id) for run_id in run_ids(home)[:RUNS_LOOKED_AT]]


def overview(home: Home, queries: LineageQueries) -> Overview:
    """All of the page."""
    lines = run_lines(home)
    return Overview(
        runs=lines[:LATEST_RUNS],
        failing=failing(lines),
        models=[_model_line(queries, one) for one in queries.artifacts("Model", MODELS)],
        pushes=[_line(queries, one, _push_facts(one)) for one in queries.artifacts("PushedModel", PUSHES)],
        spans=list(islice(_span_lines(queries), SPANS)),
    )


def failing(lines: Iterable[RunLine]) -> list[RunLine]:
    """Of each pipeline its last run, where that is over and did not succeed; `lines` are the newest first."""
    last: dict[str, RunLine] = {}
    for line in lines:
        if line.state != RUNNING:
            last.setdefault(line.pipeline, line)
    return [line for line in last.values() if line.state in BROKEN]


def _run_line(home: Home, run_id: str) -> RunLine:
    try:
        run = read_run(home, run_id)
    except DamagedRun as damage:
        run = RunResult(run_id, "", DAMAGED, 0.0, sentence=str(damage))
    return RunLine(run_id, run.pipeline, run.state, run.started * 1000, run.seconds, run.sentence)


def _span_lines(queries: LineageQueries) -> Iterable[ArtifactLine]:
    """What ExampleGens made: Transform's examples have no span of their own to speak of."""
    for one in queries.artifacts("Examples", 4 * SPANS):
        if "span" in one.metadata:
            yield _line(queries, one, [f"span {one.metadata['span']}", *_named(one, "rows")])


def _push_facts(pushed: RecordedArtifact) -> list[str]:
    return [*_named(pushed, "pushed_version", "version"), *_named(pushed, "pushed_destination", "")]


def _named(artifact: RecordedArtifact, key: str, name: str | None = None) -> list[str]:
    value = artifact.metadata.get(key, "")
    return [f"{key if name is None else name} {value}".strip()] if value != "" else []


def _model_line(queries: LineageQueries, model: RecordedArtifact) -> ArtifactLine:
    graph = queries.downstream(model.id, depth=1)
    verdicts = [one for one in graph.artifacts.values() if one.type_name == "ModelBlessing"]
    newest = max(verdicts, key=lambda one: one.id, default=None)
    return _line(queries, model, [_verdict(newest)])


def _verdict(blessing: RecordedArtifact | None) -> str:
    if blessing is None:
        return "not evaluated"
    return "blessed" if blessing.metadata.get("blessed") else "not blessed"


def _line(queries: LineageQueries, artifact: RecordedArtifact, facts: Sequence[str]) -> ArtifactLine:
    maker = _maker(queries, artifact)
    return ArtifactLine(
        id=artifact.id,
        type_name=artifact.type_name,
        pipeline=maker.pipeline if maker else "",
        run_id=maker.run_id if maker else "",
        state=artifact.state,
        created_ms=artifact.created_ms,
        facts=facts,
    )


def _maker(queries: LineageQueries, artifact: RecordedArtifact) -> RecordedExecution | None:
    producers = queries.upstream(artifact.id, depth=1).producers_of(artifact.id)
    return next(iter(producers), None)


def overview_without_store(home: Home) -> Overview:
    """The page of a home whose lineage does not exist yet: a run may have begun all the same."""
    lines = run_lines(home)
    return Overview(lines[:LATEST_RUNS], failing(lines), (), (), ())
