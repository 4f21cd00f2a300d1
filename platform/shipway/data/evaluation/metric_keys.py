"""What identifies one number of an evaluation: the metric with its variants, and the slice of rows it is of.

The fields, their order in sorting and their messages are TFMA's, so that its readers and views find them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from shipway.data.evaluation.protos import metrics_for_slice_pb2

SliceValue = str | int | float
SliceKey = tuple[tuple[str, SliceValue], ...]
"""(feature, value) pairs in the order of the features' names; the empty tuple is all rows."""

OVERALL: SliceKey = ()


class CrossSliceKey(NamedTuple):
    """Two slices whose metrics are compared: the metrics of `baseline` minus those of `comparison`."""

    baseline: SliceKey
    comparison: SliceKey


AnySliceKey = SliceKey | CrossSliceKey


class SubKey(NamedTuple):
    """One class of a multi-class model, its kth prediction, or its top k predictions."""

    class_id: int | None = None
    k: int | None = None
    top_k: int | None = None


class MetricKey(NamedTuple):
    """A metric of one model: `aggregation` is "", "micro_average", "macro_average" or "weighted_macro_average"."""

    name: str
    model_name: str = ""
    output_name: str = ""
    sub_key: SubKey | None = None
    aggregation: str = ""
    example_weighted: bool | None = None
    is_diff: bool = False
    is_plot: bool = False

    def diff(self) -> MetricKey:
        """The key of this metric's change against the baseline model."""
        return self._replace(is_diff=True)

    def of_model(self, model_name: str) -> MetricKey:
        """The key of the same metric of another model."""
        return self._replace(model_name=model_name, is_diff=False)

    def label(self) -> str:
        """The metric in words, without its model: `precision (output=out, top_k=2)`."""
        parts = [f"output={self.output_name}"] if self.output_name else []
        sub_key = self.sub_key._asdict() if self.sub_key is not None else {}
        parts += [f"{name}={value}" for name, value in sub_key.items() if value is not None]
        return f"{self.name} ({', '.join(parts)})" if parts else self.name

    def to_proto(self) -> Any:
        """TFMA's MetricKey, or its PlotKey for a plot."""
        kind = metrics_for_slice_pb2.PlotKey if self.is_plot else metrics_for_slice_pb2.MetricKey
        key = kind(name=self.name, model_name=self.model_name, output_name=self.output_name)
        if self.sub_key is not None:
            for field, value in self.sub_key._asdict().items():
                if value is not None:
                    getattr(key.sub_key, field).value = value
        if self.example_weighted is not None:
            key.example_weighted.value = self.example_weighted
        if not self.is_plot:
            key.is_diff = self.is_diff
            if self.aggregation:
                setattr(key.aggregation_type, self.aggregation, True)
        return key

    @classmethod
    def from_proto(cls, key: Any) -> MetricKey:
        """The reverse of `to_proto`."""
        is_plot = key.DESCRIPTOR.name == "PlotKey"
        sub_key = SubKey(*(getattr(key.sub_key, f).value if key.sub_key.HasField(f) else None for f in SubKey._fields))
        kinds = [] if is_plot else [field.name for field, value in key.aggregation_type.ListFields() if value]
        return cls(
            name=key.name,
            model_name=key.model_name,
            output_name=key.output_name,
            sub_key=sub_key if sub_key != SubKey() else None,
            aggregation=kinds[0] if kinds else "",
            example_weighted=key.example_weighted.value if key.HasField("example_weighted") else None,
            is_diff=not is_plot and key.is_diff,
            is_plot=is_plot,
        )

    def sorting(self) -> tuple[Any, ...]:
        """What TFMA sorts the metrics of a slice by."""
        sub_key = tuple(-1 if value is None else value for value in self.sub_key or ())
        return (self.name, self.model_name, self.output_name, sub_key, self.aggregation, self.is_diff)


def slice_name(key: AnySliceKey) -> str:
    """A slice in words: `carrier=AA, hour=6`, `overall`, or two of them for a comparison."""
    if isinstance(key, CrossSliceKey):
        return f"{slice_name(key.baseline)} against {slice_name(key.comparison)}"
    return ", ".join(f"{feature}={value}" for feature, value in key) or "overall"


def slice_key_proto(key: SliceKey) -> Any:
    """TFMA's SliceKey of a slice."""
    result = metrics_for_slice_pb2.SliceKey()
    for feature, value in key:
        single = result.single_slice_keys.add(column=feature)
        if isinstance(value, str):
            single.bytes_value = value.encode()
        elif isinstance(value, int):
            single.int64_value = value
        else:
            single.float_value = value
    return result


def slice_key_from_proto(message: Any) -> SliceKey:
    """The slice of TFMA's SliceKey."""
    pairs = []
    for single in message.single_slice_keys:
        kind = single.WhichOneof("kind")
        value = getattr(single, kind)
        pairs.append((single.column, value.decode() if kind == "bytes_value" else value))
    return tuple(pairs)


def set_slice_key(message: Any, key: AnySliceKey) -> None:
    """Name the slice in a message that has `slice_key` and `cross_slice_key`."""
    if isinstance(key, CrossSliceKey):
        message.cross_slice_key.baseline_slice_key.CopyFrom(slice_key_proto(key.baseline))
        message.cross_slice_key.comparison_slice_key.CopyFrom(slice_key_proto(key.comparison))
    else:
        message.slice_key.CopyFrom(slice_key_proto(key))


def get_slice_key(message: Any) -> AnySliceKey:
    """The slice that a message with `slice_key` and `cross_slice_key` is of."""
    if message.HasField("cross_slice_key"):
        cross = message.cross_slice_key
        return CrossSliceKey(
            slice_key_from_proto(cross.baseline_slice_key), slice_key_from_proto(cross.comparison_slice_key)
        )
    return slice_key_from_proto(message.slice_key)
