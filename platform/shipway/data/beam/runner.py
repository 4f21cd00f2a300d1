"""The Beam runner that evaluates a pipeline in this process, pass by pass."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.metrics.metric import MetricResults
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import Pipeline
from apache_beam.runners.common import Receiver
from apache_beam.runners.runner import PipelineResult, PipelineRunner, PipelineState
from apache_beam.utils.windowed_value import WindowedValue

from shipway.data.beam.barriers import CombineOperation, GroupOperation
from shipway.data.beam.graph import Kind, Node, primitive_kind, read_graph
from shipway.data.beam.operations import (
    CallableOperation,
    DoFnOperation,
    Held,
    SideInput,
    TaggedReceivers,
    in_global_window,
    one_receiver,
)
from shipway.data.beam.schedule import Schedule, plan
from shipway.data.beam.source import FromIterable


class EagerRunner(PipelineRunner):
    """Runs a bounded, globally windowed pipeline in memory: `beam.Pipeline(runner=EagerRunner())`.

    Elements are passed by reference, in one thread, one bundle per transform. A failure surfaces as the exception that
    the user's code raised, with a note that names the transform.

    Raises (from `Pipeline.run`, before anything has run):
      CannotRunEagerly: the pipeline holds a transform that needs a full Beam runner.
    """

    def apply(
        self, transform: beam.PTransform, input: Any, options: PipelineOptions
    ) -> pvalue.PValue | tuple[pvalue.PValue, ...]:
        kind = primitive_kind(transform)
        if kind is Kind.SOURCE:
            return pvalue.PCollection(input.pipeline, is_bounded=True)
        if kind is not None and kind is not Kind.PARDO and not isinstance(transform, beam.Flatten):
            return pvalue.PCollection.from_(input)
        return transform.expand(input)

    def run_pipeline(self, pipeline: Pipeline, options: PipelineOptions) -> EagerResult:
        _Run(plan(read_graph(pipeline))).run()
        return EagerResult(PipelineState.DONE)


class EagerResult(PipelineResult):
    """A pipeline that has run; metrics are not collected."""

    def wait_until_finish(self, duration: int | None = None) -> str:
        return str(self.state)

    def metrics(self) -> MetricResults:
        return _NoMetrics()


class _NoMetrics(MetricResults):
    def query(self, filter: object = None) -> dict[str, list[object]]:
        return {self.COUNTERS: [], self.DISTRIBUTIONS: [], self.GAUGES: [], self.STRINGSETS: []}


class _Run:
    """One run of a schedule: what is held between levels, and the operations of the level that runs."""

    def __init__(self, schedule: Schedule):
        self._schedule = schedule
        self._held: dict[pvalue.PCollection, list[WindowedValue]] = {}

    def run(self) -> None:
        for number, nodes in enumerate(self._schedule.levels):
            self._run_level([node for node in nodes if node.kind is not Kind.SOURCE])
            done = [value for value in self._held if self._schedule.held_until.get(value, -1) <= number]
            for value in done:
                del self._held[value]

    def _run_level(self, nodes: list[Node]) -> None:
        operations = self._operations(nodes)
        pardos = [operations[node] for node in nodes if node.kind is Kind.PARDO]
        dofns = [operation for operation in pardos if isinstance(operation, DoFnOperation)]
        with contextlib.ExitStack() as stack:
            for node in nodes:
                if node.kind.is_barrier:
                    stack.callback(operations[node].close)
            for dofn in dofns:
                dofn.start()
                stack.callback(dofn.close)
            for value, receiver in self._roots(nodes, operations):
                for element in self._elements(value):
                    receiver.receive(element)
            for dofn in dofns:
                dofn.finish()
            for node in nodes:
                if node.kind.is_barrier:
                    self._hold(next(iter(node.outputs.values())), operations[node].results())

    def _hold(self, value: pvalue.PCollection, elements: Iterator[WindowedValue]) -> None:
        if value in self._schedule.held_until:
            self._held[value] = list(elements)

    def _operations(self, nodes: list[Node]) -> dict[Node, Receiver]:
        """The running form of a level's nodes, in dependency order."""
        built: dict[Node, Receiver] = {}
        for node in reversed(nodes):
            built[node] = self._operation(node, built)
        return {node: built[node] for node in nodes}

    def _operation(self, node: Node, built: dict[Node, Receiver]) -> Receiver:
        if node.kind is Kind.GROUP:
            return GroupOperation()
        if node.kind.is_barrier:
            return CombineOperation(node)
        receivers = TaggedReceivers({tag: self._receiver(value, built) for tag, value in node.outputs.items()})
        if node.kind is Kind.PASS:
            return receivers[None]
        sides = [SideInput(side, self._elements(side.pvalue)) for side in node.side_inputs]
        operation = CallableOperation if CallableOperation.runs(node.transform.fn) else DoFnOperation
        return operation(node, receivers, sides)

    def _receiver(self, value: pvalue.PCollection, built: dict[Node, Receiver]) -> Receiver:
        """What takes the elements of `value` in this level: its consumers here, and a store if later levels read it."""
        receivers = [built[node] for node in self._schedule.consumers[value] if node in built]
        if value in self._schedule.held_until:
            held = Held()
            self._held[value] = held.elements
            receivers.append(held)
        return one_receiver(receivers)

    def _roots(
        self, nodes: list[Node], operations: dict[Node, Receiver]
    ) -> Iterable[tuple[pvalue.PCollection, Receiver]]:
        """The collections that are read from a source or from what is held, each with its consumers of this level."""
        roots: dict[pvalue.PCollection, list[Receiver]] = {}
        for node in nodes:
            for value in node.inputs:
                if not self._schedule.streams(value, node):
                    roots.setdefault(value, []).append(operations[node])
        return [(value, one_receiver(receivers)) for value, receivers in roots.items()]

    def _elements(self, value: pvalue.PCollection) -> Iterable[WindowedValue]:
        producer = self._schedule.producers[value]
        if producer.kind is Kind.SOURCE:
            return map(in_global_window, _read(producer.transform))
        return self._held[value]


def _read(source: beam.PTransform) -> Iterator[object]:
    if isinstance(source, beam.Impulse):
        yield b""
    elif isinstance(source, beam.Create):
        yield from source.values
    elif isinstance(source, FromIterable):
        yield from source.open_iterable()
    else:
        whole = source.source
        for part in whole.split(float("inf")):
            yield from part.source.read(part.source.get_range_tracker(part.start_position, part.stop_position))
