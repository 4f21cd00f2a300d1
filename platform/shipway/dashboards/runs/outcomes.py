"""What came of a run, as the command line reports it: metrics, the verdict on the model, where it went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.dashboards.runs.records import ArtifactRef, Run
from shipway.dashboards.runs.texts import decoded, mapping, plain


@dataclass(frozen=True)
class Metric:
    """A metric of the model, and of the baseline where there was one."""

    name: str
    value: float | None
    baseline: float | None = None


@dataclass(frozen=True)
class WorstSlice:
    """A slice of the data on which a metric is worst."""

    metric: str
    slice: str
    value: float | None
    rows: int


@dataclass(frozen=True)
class Verdict:
    """What a judge said of the model."""

    judge: ArtifactRef
    blessed: bool
    reasons: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """What came of a run; empty for one that evaluated nothing. `rows` are those that were evaluated on."""

    rows: int
    metrics: Sequence[Metric]
    worst: Sequence[WorstSlice]
    verdicts: Sequence[Verdict]
    anomalies: int
    model: ArtifactRef | None
    pushed: ArtifactRef | None
    pushed_to: str


def outcome_of(run: Run) -> Outcome:
    """Read from the metadata of the run's artifacts; what has another shape there is left out."""
    summary = _summary(run)
    baseline = mapping(summary.get("baseline_metrics"))
    metrics = [
        Metric(plain(name), number(value), number(baseline.get(name)))
        for name, value in mapping(summary.get("metrics")).items()
    ]
    pushed = next(reversed(list(_made(run, "PushedModel"))), None)
    return Outcome(
        rows=whole(summary.get("rows")),
        metrics=metrics,
        worst=list(_worst(summary)),
        verdicts=[_verdict(one) for kind in ("ModelBlessing", "InfraBlessing") for one in _made(run, kind)],
        anomalies=sum(whole(one.metadata.get("anomalies")) for one in _made(run, "ExampleAnomalies")),
        model=next(reversed(list(_made(run, "Model"))), None),
        pushed=pushed,
        pushed_to=_pushed_to(pushed) if pushed else "",
    )


def _made(run: Run, type_name: str) -> Iterator[ArtifactRef]:
    for task in run.tasks:
        yield from (one for one in task.outputs if one.type_name == type_name and one.metadata.get("resolved", 1))


def _summary(run: Run) -> Mapping[str, Any]:
    texts = [one.metadata["summary"] for one in _made(run, "ModelEvaluation") if "summary" in one.metadata]
    return mapping(decoded(texts[-1])) if texts else {}


def number(value: Any) -> float | None:
    """A number out of somebody's JSON, None for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def whole(value: Any) -> int:
    """A whole number out of somebody's metadata, 0 for anything else."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def _worst(summary: Mapping[str, Any]) -> Iterator[WorstSlice]:
    for metric, slices in mapping(summary.get("worst_slices")).items():
        for one in slices if isinstance(slices, list) else ():
            found = mapping(one)
            yield WorstSlice(
                plain(metric), plain(found.get("slice", "")), number(found.get("value")), whole(found.get("rows"))
            )


def _verdict(judge: ArtifactRef) -> Verdict:
    reasons = decoded(judge.metadata.get("reasons", "[]"))
    texts = [plain(one) for one in reasons] if isinstance(reasons, list) else []
    note = plain(judge.metadata.get("note") or "")
    return Verdict(judge, whole(judge.metadata.get("blessed")) == 1, [*texts, note] if note else texts)


def _pushed_to(pushed: ArtifactRef) -> str:
    destination, version = (plain(pushed.metadata.get(f"pushed_{name}") or "") for name in ("destination", "version"))
    if not destination or not version or destination.rstrip("/").rpartition("/")[2] == version:
        return destination
    return f"{destination.rstrip('/')}/{version}"
