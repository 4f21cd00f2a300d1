"""Builds an analysis pipeline for one process: TF Transform's own, but for its graphs and vocabularies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import tensorflow as tf
from apache_beam import pvalue
from tensorflow_transform import nodes
from tensorflow_transform.beam import beam_nodes
from tensorflow_transform.beam.common import ConstructBeamPipelineVisitor

from shipway.data.beam import FromIterable, LocalFunction
from shipway_components.transform.graphs import AnalysisGraphs, Phase
from shipway_components.transform.vocabulary import vocabulary_transform

Tensors = Callable[[pa.RecordBatch], dict[str, Any]]


class InProcessVisitor(ConstructBeamPipelineVisitor):
    """Turns each operation of the analysis into a transform."""

    def __init__(
        self,
        extra_args: Any,
        graphs: AnalysisGraphs,
        open_batches: Callable[[], Iterable[pa.RecordBatch]],
        tensors: Tensors,
        final: nodes.OperationDef,
        saved_model: Path,
    ):
        """Takes the operation that writes the finished graph, and the folder it writes to."""
        super().__init__(extra_args)
        self._pipeline = extra_args.pipeline
        self._scratch = Path(extra_args.base_temp_dir)
        self._graphs = graphs
        self._open_batches = open_batches
        self._tensors = tensors
        self._final = final
        self._saved_model = saved_model

    def visit(self, operation: Any, inputs: tuple[pvalue.PCollection, ...]) -> tuple[pvalue.PCollection, ...]:
        if isinstance(operation, beam_nodes.ExtractInputForSavedModel):
            return (self._pipeline | operation.label >> FromIterable(self._open_batches),)
        if isinstance(operation, beam_nodes.CreateSavedModel):
            return (self._graph(operation, inputs),)
        if isinstance(operation, beam_nodes.ApplySavedModel):
            phase, batches = inputs
            run = LocalFunction(self._run_phase)
            return (batches | operation.label >> beam.Map(run, pvalue.AsSingleton(phase)),)
        vocabulary = vocabulary_transform(operation, self._scratch) if len(inputs) == 1 else None
        if vocabulary is not None:
            return (inputs[0] | operation.label >> vocabulary,)
        return super().visit(operation, inputs)

    def _graph(self, operation: Any, bindings: tuple[pvalue.PCollection, ...]) -> pvalue.PCollection:
        start = self._pipeline | f"{operation.label}/Start" >> beam.Create([None])
        known = [pvalue.AsSingleton(binding) for binding in bindings]
        if operation is self._final:
            make = LocalFunction(lambda _, *values: self._graphs.save(values, self._saved_model))
        else:
            make = LocalFunction(lambda _, *values: self._graphs.phase(operation.output_signature, values))
        return start | operation.label >> beam.Map(make, *known)

    def _run_phase(self, batch: pa.RecordBatch, phase: Phase) -> dict[str, Any]:
        outputs = phase(self._tensors(batch))
        return {name: value.numpy() if isinstance(value, tf.Tensor) else value for name, value in outputs.items()}
