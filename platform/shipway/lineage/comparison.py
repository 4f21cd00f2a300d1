"""Two runs side by side: which parameters, which data and which metrics differ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.lineage.records import MetadataValue, RecordedArtifact, RecordedExecution

DATA_TYPES = ("Examples", "Schema", "Files")
DATA_FACTS = ("span", "spans", "version", "rows", "split_rows", "split_names")
ENVELOPES = frozenset({"summary", "metrics"})
"""Names that only say that metrics follow."""
METRIC_TYPES = ("ModelEvaluation", "Metrics", "ModelBlessing", "InfraBlessing")


@dataclass(frozen=True)
class Row:
    """One fact of both runs; None where a run does not have it."""

    name: str
    left: MetadataValue | None
    right: MetadataValue | None


@dataclass(frozen=True)
class RunComparison:
    """All facts of two runs, those that are the same included, in the order of the steps."""

    parameters: list[Row]
    data: list[Row]
    metrics: list[Row]


def compare_runs(left: Sequence[RecordedExecution], right: Sequence[RecordedExecution]) -> RunComparison:
    """Compare what two runs recorded; of a task that was tried several times, its last attempt counts."""
    sides = _last_attempts(left), _last_attempts(right)
    return RunComparison(*(_rows(*(dict(facts(side)) for side in sides)) for facts in (_parameters, _data, _metrics)))


def _last_attempts(executions: Sequence[RecordedExecution]) -> list[RecordedExecution]:
    return list({one.task: one for one in executions}.values())


def _rows(left: dict[str, Any], right: dict[str, Any]) -> list[Row]:
    return [Row(name, left.get(name), right.get(name)) for name in dict.fromkeys((*left, *right))]


def _parameters(executions: Iterable[RecordedExecution]) -> Iterator[tuple[str, MetadataValue]]:
    for one in executions:
        for name, value in sorted(one.parameters.items()):
            yield f"{one.task}.{name}", value


def _data(executions: Iterable[RecordedExecution]) -> Iterator[tuple[str, MetadataValue]]:
    for prefix, artifact in _outputs(executions, DATA_TYPES):
        for fact in DATA_FACTS:
            if fact in artifact.metadata:
                yield f"{prefix}.{fact}", artifact.metadata[fact]
        yield f"{prefix}.digest", artifact.digest


def _metrics(executions: Sequence[RecordedExecution]) -> Iterator[tuple[str, MetadataValue]]:
    for prefix, artifact in _outputs(executions, METRIC_TYPES):
        for name, value in sorted(artifact.metadata.items()):
            yield from _numbers(prefix, name, _decoded(value))
    for one in executions:
        for name, value in sorted(one.output_parameters.items()):
            yield from _numbers(one.task, name, _decoded(value))


def _outputs(
    executions: Iterable[RecordedExecution], type_names: Sequence[str]
) -> Iterator[tuple[str, RecordedArtifact]]:
    for one in executions:
        for key, artifacts in sorted(one.outputs.items()):
            for index, artifact in enumerate(artifacts):
                if artifact.type_name in type_names:
                    yield f"{one.task}.{key}" + (f"[{index}]" if len(artifacts) > 1 else ""), artifact


def _decoded(value: MetadataValue) -> Any:
    """Nested data travels as JSON text; other text is no metric."""
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return None
    return value


def _numbers(prefix: str, name: str, value: Any) -> Iterator[tuple[str, MetadataValue]]:
    """The numbers in a value, each under its path."""
    path = prefix if name in ENVELOPES else f"{prefix}.{name}"
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(path, key, inner)
    elif isinstance(value, int | float):
        yield path, value
