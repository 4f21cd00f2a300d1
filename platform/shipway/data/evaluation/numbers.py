"""An EvalResult's files as plain numbers by metric and slice, for those who show them.

The model's own numbers, its baseline's and the changes between both lie in one file under keys of their own; here they
are apart, each under the metric in words. What is not a finite number is left out.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError

from shipway.data.evaluation.compute import SliceMetrics
from shipway.data.evaluation.eval_config import baseline_name
from shipway.data.evaluation.eval_result import read_plots, read_slices
from shipway.data.evaluation.metric_keys import AnySliceKey, MetricKey, SliceKey
from shipway.data.evaluation.metric_values import MetricValue, TfmaValue, as_number
from shipway.data.evaluation.protos import config_pb2
from shipway.errors import InputError, in_one_line

CONFIG_FILE = "eval_config.json"
METRICS_FILES, PLOTS_FILES = "metrics*.tfrecord", "plots*.tfrecord"


class DamagedEvaluation(InputError):
    """A file of an EvalResult that is missing or is not what it should be."""

    def __init__(self, path: Path, error: BaseException | str) -> None:
        reason = error if isinstance(error, str) else _reason(error)
        super().__init__(f"The evaluation's {str(path)[:500]!r} cannot be read ({reason}): run the Evaluator again.")


class TooLargeEvaluation(InputError):
    """Files that would fill the memory."""

    def __init__(self, folder: Path, size: int) -> None:
        super().__init__(
            f"The evaluation {str(folder)!r} has {size >> 20} MiB of metrics: slice by fewer features to see them here."
        )


@dataclass(frozen=True)
class SliceNumbers:
    """The numbers of one slice by metric; `intervals` are the model's confidence intervals, lower and upper bound."""

    key: AnySliceKey
    metrics: dict[str, float] = field(default_factory=dict)
    baseline: dict[str, float] = field(default_factory=dict)
    changes: dict[str, float] = field(default_factory=dict)
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)


def read_config(folder: Path) -> Any:
    """The completed EvalConfig that an evaluation was made with. Raises `DamagedEvaluation`."""
    path = folder / CONFIG_FILE
    with _reading(path):
        text = path.read_text(encoding="utf-8")
        config = json_format.Parse(text, config_pb2.EvalRun(), ignore_unknown_fields=True).eval_config
    if not config.model_specs:
        raise DamagedEvaluation(path, "it names no model")
    return config


def read_values(
    folder: Path, largest_bytes: int, wanted: Callable[[AnySliceKey], bool] = lambda _: True
) -> dict[AnySliceKey, SliceMetrics]:
    """The metrics of the slices that are wanted. Raises `DamagedEvaluation`, `DamagedRecords`, `TooLargeEvaluation`."""
    with _reading(folder):
        _check_size(folder, METRICS_FILES, largest_bytes)
        result: dict[AnySliceKey, SliceMetrics] = {}
        for key, metrics in read_slices(folder, wanted):
            result.setdefault(key, {}).update(metrics)
        return result


def read_numbers(folder: Path, largest_bytes: int) -> list[SliceNumbers]:
    """The numbers of every slice and comparison. Raises what `read_config` and `read_values` raise."""
    baseline = baseline_name(read_config(folder))
    return [numbers_of(key, own, baseline) for key, own in read_values(folder, largest_bytes).items()]


def read_plots_of(folder: Path, slice_key: SliceKey, largest_bytes: int) -> dict[MetricKey, Any]:
    """The plots of one slice, TFMA's messages. Raises `DamagedEvaluation`, `DamagedRecords`, `TooLargeEvaluation`."""
    with _reading(folder):
        _check_size(folder, PLOTS_FILES, largest_bytes)
        return read_plots(folder, slice_key)


def numbers_of(slice_key: AnySliceKey, metrics: Mapping[Any, MetricValue], baseline: str | None) -> SliceNumbers:
    """The numbers of a slice; `baseline` is the name of the baseline's model spec."""
    found = SliceNumbers(slice_key)
    for key, value in metrics.items():
        number = as_number(value)
        if key.is_plot or number is None or not math.isfinite(number):
            continue
        label = key.label()
        if key.is_diff:
            found.changes[label] = number
        elif key.model_name == baseline:
            found.baseline[label] = number
        else:
            found.metrics[label] = number
            if interval := _interval(value):
                found.intervals[label] = interval
    return found


def _interval(value: MetricValue) -> tuple[float, float] | None:
    interval = value.interval if isinstance(value, TfmaValue) else None
    if interval is None:
        return None
    low, high = interval.lower_bound.double_value.value, interval.upper_bound.double_value.value
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _check_size(folder: Path, pattern: str, largest_bytes: int) -> None:
    size = sum(file.stat().st_size for file in folder.glob(pattern))
    if size > largest_bytes:
        raise TooLargeEvaluation(folder, size)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever is wrong with files that anybody may have written is said of `path`."""
    try:
        yield
    except (OSError, ValueError, TypeError, DecodeError, json_format.Error) as error:
        raise DamagedEvaluation(path, error) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno else "it is not there"
    return in_one_line(error)
