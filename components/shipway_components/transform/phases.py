"""TF Transform's analysis, with its graphs kept in memory.

TF Transform analyzes in phases: it runs the part of the graph whose analyzers are known, feeds the analyzers that can
then run, and writes a SavedModel before each phase, which the phase's workers load. In one process the traced graph is
called as it is: the first phase runs a part of the graph that was traced anyway, and only the last graph is saved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
import tensorflow as tf
from apache_beam import pvalue
from tensorflow.python.eager.wrap_function import VariableHolder, WrappedFunction
from tensorflow_transform import analyzer_nodes, analyzers, graph_context, impl_helper, nodes
from tensorflow_transform.beam import beam_nodes
from tensorflow_transform.beam.common import ConstructBeamPipelineVisitor
from tensorflow_transform.saved.saved_transform_io_v2 import trace_and_update_module

from shipway.data.beam import FromIterable, LocalFunction
from shipway_components.transform.raw_features import RawFeatures

Phase = Callable[[dict[str, Any]], dict[str, Any]]
"""Raw features of a batch, as tensors, to the tensors that a phase's analyzers take."""


class InProcessVisitor(ConstructBeamPipelineVisitor):
    """Builds the analysis pipeline with the graphs of its phases in memory; the rest is as TF Transform has it."""

    def __init__(self, extra_args: Any, raw: RawFeatures, open_batches: Callable[[], Iterable[pa.RecordBatch]]):
        super().__init__(extra_args)
        self._args = extra_args
        self._raw = raw
        self._open_batches = open_batches
        self.final: beam_nodes.CreateSavedModel | None = None
        """The operation that writes the finished graph, to be set before the traversal."""

    def visit(self, operation: Any, inputs: tuple[pvalue.PCollection, ...]) -> tuple[pvalue.PCollection, ...]:
        source = inputs or pvalue.PBegin(self._args.pipeline)
        if isinstance(operation, beam_nodes.ExtractInputForSavedModel):
            return (source | operation.label >> FromIterable(self._open_batches),)
        if isinstance(operation, beam_nodes.CreateSavedModel) and operation is not self.final:
            return (self._phase(operation, inputs),)
        if isinstance(operation, beam_nodes.ApplySavedModel):
            phase, batches = inputs
            return (batches | operation.label >> beam.Map(LocalFunction(self._run_phase), pvalue.AsSingleton(phase)),)
        if _counts_by_frequency(operation):
            return (inputs[0] | operation.label >> _CountTokens(),)
        return super().visit(operation, inputs)

    def _phase(self, operation: Any, bindings: tuple[pvalue.PCollection, ...]) -> pvalue.PCollection:
        start = self._args.pipeline | f"{operation.label}/Start" >> beam.Create([None])
        known = [pvalue.AsSingleton(binding) for binding in bindings]
        trace = LocalFunction(lambda _, *values: self._trace(operation, values))
        return start | operation.label >> beam.Map(trace, *known)

    def _run_phase(self, batch: pa.RecordBatch, phase: Phase) -> dict[str, Any]:
        outputs = phase(self._raw.tensors(batch))
        return {name: value.numpy() if isinstance(value, tf.Tensor) else value for name, value in outputs.items()}

    def _trace(self, operation: Any, bindings: tuple[Any, ...]) -> Phase:
        if not bindings:
            return _part_of(self._args.graph, self._args.input_signature, operation.output_signature)
        names = {key: tensor.name for key, tensor in operation.output_signature.items()}
        known = {
            binding.tensor_name: tf.constant(binding.value, tf.dtypes.as_dtype(binding.dtype_enum))
            for binding in bindings
        }
        module = tf.Module()
        context = graph_context.TFGraphContext(
            module_to_export=module, temp_dir=self._args.base_temp_dir, evaluated_replacements=known or None
        )
        function = impl_helper.get_traced_transform_fn(
            self._args.preprocessing_fn, self._args.input_specs, context, output_keys_to_name_map=names
        )
        trace_and_update_module(module, function, "transform_fn", strip_control_dependencies=False)
        return _TracedPhase(module)


class _TracedPhase:
    """A traced graph with the module that keeps its tables alive."""

    def __init__(self, module: tf.Module):
        self._module = module

    def __call__(self, features: dict[str, Any]) -> dict[str, Any]:
        return dict(self._module.transform_fn(*tf.nest.flatten(features, expand_composites=True)))


def _part_of(graph: Any, inputs: dict[str, Any], outputs: dict[str, tf.Tensor]) -> Phase:
    """The part of a traced graph from its inputs to `outputs`."""
    feeds = tf.nest.flatten(inputs, expand_composites=True)
    whole = WrappedFunction(graph, variable_holder=VariableHolder(share_variables=True))
    part = whole.prune(feeds, dict(outputs))
    return lambda features: dict(part(*tf.nest.flatten(features, expand_composites=True)))


def _counts_by_frequency(operation: nodes.OperationDef) -> bool:
    return (
        isinstance(operation, analyzer_nodes.VocabularyAccumulate)
        and operation.vocab_ordering_type == analyzers._VocabOrderingType.FREQUENCY
    )


class _CountTokens(beam.PTransform):
    """(token, count) for each distinct token, counted a batch at a time instead of a token at a time."""

    def expand(self, batches: pvalue.PCollection) -> pvalue.PCollection:
        return batches | beam.FlatMap(_token_counts) | beam.CombinePerKey(sum)


def _token_counts(batch: tuple[Any]) -> Iterator[tuple[Any, int]]:
    (tokens,) = batch
    yield from Counter(tokens.tolist()).items()
