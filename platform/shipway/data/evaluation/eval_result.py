"""The files of an EvalResult, as TFMA writes and reads them (`writers/metrics_plots_and_validations_writer.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from google.protobuf import json_format

from shipway.artifacts import storage_faults
from shipway.data.evaluation.compute import SliceMetrics
from shipway.data.evaluation.metric_keys import AnySliceKey, MetricKey, get_slice_key, set_slice_key
from shipway.data.evaluation.metric_values import TfmaValue, value_proto
from shipway.data.evaluation.protos import config_pb2, metrics_for_slice_pb2, validation_result_pb2
from shipway.data.tfrecord import frame_records, read_records

ERROR_METRIC = "__ERROR__"
NAMED_PLOTS = ("confusion_matrix_plot", "calibration_plot")
"""Plots that TFMA merges into one message without a name."""

PLOT_FIELDS = {
    "CalibrationHistogramBuckets": "calibration_histogram_buckets",
    "ConfusionMatrixAtThresholds": "confusion_matrix_at_thresholds",
    "MultiClassConfusionMatrixAtThresholds": "multi_class_confusion_matrix_at_thresholds",
    "MultiLabelConfusionMatrixAtThresholds": "multi_label_confusion_matrix_at_thresholds",
}
READ_AT_ONCE = 1024


@dataclass(frozen=True)
class EvalRun:
    """What an EvalResult says about where it comes from; `suppressed` slices have too few rows to be shown."""

    config: Any
    data_location: str
    file_format: str
    model_locations: Mapping[str, str]
    suppressed: Mapping[AnySliceKey, int] = field(default_factory=dict)


def write_eval_result(
    folder: Path,
    run: EvalRun,
    metrics: Mapping[AnySliceKey, SliceMetrics],
    validation: Any,
    attributions: Iterable[bytes] = (),
) -> None:
    """Write all files of an EvalResult into the existing `folder`; `attributions` are serialized already."""
    message = config_pb2.EvalRun(
        eval_config=run.config,
        version=version("tensorflow-model-analysis"),
        data_location=run.data_location,
        file_format=run.file_format,
        model_locations=dict(run.model_locations),
    )
    with storage_faults(folder):
        (folder / "eval_config.json").write_text(json_format.MessageToJson(message), encoding="utf-8")
        _write(folder / "metrics-00000-of-00001.tfrecord", _metrics_messages(metrics, run.suppressed))
        _write(folder / "plots-00000-of-00001.tfrecord", _plots_messages(metrics, run.suppressed))
        (folder / "attributions-00000-of-00001.tfrecord").write_bytes(frame_records(attributions))
        _write(folder / "validations.tfrecord", [validation])


def read_metrics(folder: Path) -> dict[AnySliceKey, SliceMetrics]:
    """The metrics and plots of an EvalResult by slice; values are TFMA's messages."""
    result: dict[AnySliceKey, SliceMetrics] = {}
    for slice_key, metrics in read_slices(folder):
        result.setdefault(slice_key, {}).update(metrics)
    for record in _records(folder, "plots"):
        message = metrics_for_slice_pb2.PlotsForSlice.FromString(record)
        result.setdefault(get_slice_key(message), {}).update(_plots_in(message))
    return result


def read_slices(
    folder: Path, wanted: Callable[[AnySliceKey], bool] = lambda _: True
) -> Iterator[tuple[AnySliceKey, SliceMetrics]]:
    """The metrics of an EvalResult without its plots, of every slice that is wanted."""
    keys: dict[bytes, MetricKey] = {}
    for record in _records(folder, "metrics"):
        message = metrics_for_slice_pb2.MetricsForSlice.FromString(record)
        slice_key = get_slice_key(message)
        if not wanted(slice_key):
            continue
        own: SliceMetrics = {}
        for entry in message.metric_keys_and_values:
            interval = entry.confidence_interval if entry.HasField("confidence_interval") else None
            own[_key(entry.key, keys)] = TfmaValue(entry.value, interval)
        yield slice_key, own


def read_plots(folder: Path, wanted: AnySliceKey) -> SliceMetrics:
    """The plots of one slice; what comes after it in the files is not read."""
    for record in _records(folder, "plots"):
        message = metrics_for_slice_pb2.PlotsForSlice.FromString(record)
        if get_slice_key(message) == wanted:
            return _plots_in(message)
    return {}


def read_attributions(folder: Path) -> list[bytes]:
    """The attributions of an EvalResult, serialized."""
    return list(_records(folder, "attributions"))


def read_validation(folder: Path) -> Any:
    """The ValidationResult of an EvalResult."""
    (record,) = _records(folder, "validations")
    return validation_result_pb2.ValidationResult.FromString(record)


def _metrics_messages(
    metrics: Mapping[AnySliceKey, SliceMetrics], suppressed: Mapping[AnySliceKey, int]
) -> Iterator[Any]:
    for slice_key, own in metrics.items():
        result = metrics_for_slice_pb2.MetricsForSlice()
        set_slice_key(result, slice_key)
        if slice_key in suppressed:
            result.metrics[ERROR_METRIC].debug_message = _too_few(suppressed[slice_key])
        for key in sorted((key for key in own if not key.is_plot), key=MetricKey.sorting):
            value = own[key]
            entry = result.metric_keys_and_values.add(key=key.to_proto(), value=value_proto(value))
            if isinstance(value, TfmaValue) and value.interval is not None:
                entry.confidence_interval.CopyFrom(value.interval)
        yield result


def _plots_messages(
    metrics: Mapping[AnySliceKey, SliceMetrics], suppressed: Mapping[AnySliceKey, int]
) -> Iterator[Any]:
    for slice_key, own in metrics.items():
        result = metrics_for_slice_pb2.PlotsForSlice()
        set_slice_key(result, slice_key)
        if slice_key in suppressed:
            result.plots[ERROR_METRIC].debug_message = _too_few(suppressed[slice_key])
        entries: dict[MetricKey, Any] = {}
        for key in sorted((key for key in own if key.is_plot), key=MetricKey.sorting):
            shown = key._replace(name="") if key.name in NAMED_PLOTS else key
            if shown not in entries:
                entries[shown] = result.plot_keys_and_values.add(key=shown.to_proto()).value
            plot: Any = own[key]
            getattr(entries[shown], PLOT_FIELDS[plot.DESCRIPTOR.name]).CopyFrom(plot)
        yield result


def _key(message: Any, known: dict[bytes, MetricKey]) -> MetricKey:
    """The key of a metric: the slices of one evaluation all have the same few."""
    serialized = message.SerializeToString()
    if serialized not in known:
        known[serialized] = MetricKey.from_proto(message)
    return known[serialized]


def _plots_in(message: Any) -> SliceMetrics:
    found: SliceMetrics = {}
    for entry in message.plot_keys_and_values:
        found.update(_plots_of(MetricKey.from_proto(entry.key), entry.value))
    return found


def _plots_of(key: MetricKey, data: Any) -> Iterator[tuple[MetricKey, Any]]:
    for descriptor, value in data.ListFields():
        yield key._replace(name=key.name or _default_plot(descriptor.name)), value


def _default_plot(field_name: str) -> str:
    return "calibration_plot" if field_name.startswith("calibration") else "confusion_matrix_plot"


def _too_few(minimum: int) -> str:
    return f"Example count for this slice key is lower than the minimum required value: {minimum}."


def _write(path: Path, messages: Iterable[Any]) -> None:
    path.write_bytes(frame_records(message.SerializeToString() for message in messages))


def _records(folder: Path, name: str) -> Iterator[bytes]:
    for path in sorted(folder.glob(f"{name}*.tfrecord")):
        for batch in read_records(path, READ_AT_ONCE):
            yield from batch
