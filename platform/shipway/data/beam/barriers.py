"""The running form of transforms whose first result comes after the last element: grouping and combining."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.runners.common import Receiver
from apache_beam.transforms.combiners import curry_combine_fn
from apache_beam.utils.windowed_value import WindowedValue

from shipway.data.beam.graph import Kind, Node
from shipway.data.beam.keys import grouping_key
from shipway.data.beam.operations import in_global_window, name_transform, naming, own_copy


class GroupOperation(Receiver):
    """Collects values by key."""

    def __init__(self) -> None:
        self._groups: dict[Any, tuple[Any, list[Any]]] = {}

    def receive(self, windowed_value: WindowedValue) -> None:
        key, value = windowed_value.value
        self._groups.setdefault(grouping_key(key), (key, []))[1].append(value)

    def results(self) -> Iterator[WindowedValue]:
        """Each key with its values, in the order in which keys were first seen."""
        return map(in_global_window, self._groups.values())

    def close(self) -> None:
        self._groups = {}


class CombineOperation(Receiver):
    """Adds values to one accumulator per key, or to one for all, so that no value is kept."""

    def __init__(self, node: Node):
        self._label = node.label
        self._per_key = node.kind is Kind.COMBINE
        self._has_default = not self._per_key and node.transform.has_defaults
        self._fn = own_copy(_combine_fn(node.transform))
        self._accumulators: dict[Any, list[Any]] = {}
        with naming(self._label):
            self._fn.setup()

    def receive(self, windowed_value: WindowedValue) -> None:
        key, value = windowed_value.value if self._per_key else (None, windowed_value.value)
        try:
            grouped = grouping_key(key)
            slot = self._accumulators.get(grouped)
            if slot is None:
                slot = self._accumulators[grouped] = [key, self._fn.create_accumulator()]
            slot[1] = self._fn.add_input(slot[1], value)
        except Exception as error:
            name_transform(error, self._label)
            raise

    def results(self) -> Iterator[WindowedValue]:
        """The combined values, each with its key in the order in which keys were first seen, or the one for all."""
        if self._has_default and not self._accumulators:
            self._accumulators[None] = [None, self._fn.create_accumulator()]
        with naming(self._label):
            for key, accumulator in self._accumulators.values():
                # A combiner may rely on being merged once: every Beam runner does so after its first pass.
                merged = self._fn.merge_accumulators([self._fn.compact(accumulator)])
                output = self._fn.extract_output(merged)
                yield in_global_window((key, output) if self._per_key else output)

    def close(self) -> None:
        self._accumulators = {}
        self._fn.teardown()


def _combine_fn(transform: beam.PTransform) -> beam.CombineFn:
    if isinstance(transform, beam.CombineGlobally):
        arguments = bool(transform.args or transform.kwargs)
        fn = beam.CombineFn.maybe_from_callable(transform.fn, has_side_inputs=arguments)
        return curry_combine_fn(fn, transform.args, transform.kwargs)
    if isinstance(transform, beam.CombinePerKey):
        return curry_combine_fn(transform.fn, transform.args, transform.kwargs)
    return transform._combine_fn
