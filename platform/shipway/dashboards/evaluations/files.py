"""The metrics and thresholds in an evaluation's files, kept as long as the files stay as they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.dashboards.evaluations.found import OVERALL, EvaluationFound, SliceMetrics, Threshold
from shipway.dashboards.runs.texts import plain

if TYPE_CHECKING:
    from shipway.data.evaluation.checks import Check
    from shipway.data.evaluation.numbers import SliceNumbers

LARGEST_BYTES = 4 << 20
"""Of metrics: those of some ten thousand slices, which take a second or two to read the first time."""

EXAMPLE_COUNT = "example_count"
KEPT, KEPT_SLICES = 32, 1024
FILES_AT_MOST = 64


@dataclass(frozen=True)
class Files:
    """An evaluation's folder, and each file's name, time of change and size, by which what was read of it is kept."""

    folder: Path
    stamps: tuple[tuple[str, int, int], ...]

    @classmethod
    def of(cls, folder: Path) -> Files:
        """The files in a canonical folder. Raises `DamagedEvaluation` for one that is missing or lies elsewhere."""
        from shipway.data.evaluation.numbers import CONFIG_FILE, METRICS_FILES, DamagedEvaluation

        metrics = sorted(folder.glob(METRICS_FILES))[:FILES_AT_MOST]
        if not metrics:
            raise DamagedEvaluation(folder / METRICS_FILES, "there is none")
        return cls(folder, tuple(_stamp(folder, path) for path in (folder / CONFIG_FILE, *metrics)))


@lru_cache(KEPT)
def read_evaluation(files: Files) -> EvaluationFound:
    """Everything that the files tell. Raises what `shipway.data.evaluation.numbers` raises."""
    from shipway.data.evaluation.checks import checks_of
    from shipway.data.evaluation.eval_config import baseline_name
    from shipway.data.evaluation.metric_keys import CrossSliceKey
    from shipway.data.evaluation.numbers import numbers_of, read_config, read_values

    config = read_config(files.folder)
    values = read_values(files.folder, LARGEST_BYTES)
    baseline = baseline_name(config)
    found = [numbers_of(key, own, baseline) for key, own in values.items() if not isinstance(key, CrossSliceKey)]
    slices = [_slice(one) for one in found]
    overall = next((one for one in found if not one.key), None)
    return EvaluationFound(
        metrics=overall.metrics if overall else {},
        slices=[one for one in slices if one.name != OVERALL],
        thresholds=[_threshold(check) for check in checks_of(values, config)],
        baseline=overall.baseline if overall else {},
        confidence=overall.intervals if overall else {},
        slice_count=len(slices),
        rows=_rows(overall) if overall else None,
        from_files=True,
    )


@lru_cache(KEPT_SLICES)
def read_slice(files: Files, name: str) -> SliceMetrics | None:
    """One slice by its name. Raises what `shipway.data.evaluation.numbers` raises."""
    from shipway.data.evaluation.eval_config import baseline_name
    from shipway.data.evaluation.metric_keys import CrossSliceKey, slice_name
    from shipway.data.evaluation.numbers import numbers_of, read_config, read_values

    baseline = baseline_name(read_config(files.folder))
    found = read_values(
        files.folder, LARGEST_BYTES, lambda key: not isinstance(key, CrossSliceKey) and plain(slice_name(key)) == name
    )
    return next((_slice(numbers_of(key, own, baseline)) for key, own in found.items()), None)


def _stamp(folder: Path, path: Path) -> tuple[str, int, int]:
    from shipway.data.evaluation.numbers import DamagedEvaluation

    try:
        stat = path.stat()
        if not path.resolve().is_relative_to(folder):
            raise DamagedEvaluation(path, "it leads out of the artifact")
    except (OSError, RuntimeError) as error:
        raise DamagedEvaluation(path, error) from error
    return path.name, stat.st_mtime_ns, stat.st_size


def _slice(numbers: SliceNumbers) -> SliceMetrics:
    from shipway.data.evaluation.metric_keys import slice_name

    return SliceMetrics(
        name=plain(slice_name(numbers.key)),
        values=numbers.metrics,
        examples=_rows(numbers),
        features=tuple(plain(pair[0]) for pair in numbers.key),
        baseline=numbers.baseline,
    )


def _rows(numbers: SliceNumbers) -> int | None:
    count = numbers.metrics.get(EXAMPLE_COUNT)
    return round(count) if count is not None else None


def _threshold(check: Check) -> Threshold:
    from shipway.data.evaluation.checks import bound_in_words, scope_in_words
    from shipway.data.evaluation.metric_keys import slice_name

    bound, is_change = check.threshold.message, check.threshold.is_change
    nowhere = f"no row is in {scope_in_words(check.threshold)}"
    return Threshold(
        metric=plain(check.metric.label()),
        slice=plain(nowhere if check.slice_key is None else slice_name(check.slice_key)),
        bound=bound_in_words(check.threshold),
        value=check.value if check.value is not None and math.isfinite(check.value) else None,
        passed=check.is_met,
        is_change=is_change,
        low=bound.lower_bound.value if not is_change and bound.HasField("lower_bound") else None,
        high=bound.upper_bound.value if not is_change and bound.HasField("upper_bound") else None,
    )
