"""From a preprocessing function and rows to the transform graph, in TF Transform's layout."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from apache_beam.options.pipeline_options import PipelineOptions
from tensorflow.python.trackable.resource import ResourceTracker, resource_tracker_scope
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform import annotators, graph_tools, impl_helper, nodes
from tensorflow_transform.beam import analysis_graph_builder
from tensorflow_transform.beam.common import ConstructBeamPipelineVisitor
from tensorflow_transform.tf_metadata import metadata_io

from shipway.data.beam import EagerRunner, LocalFunction
from shipway_components.transform.phases import InProcessVisitor
from shipway_components.transform.preprocessing import Preprocessing
from shipway_components.transform.raw_features import RawFeatures


def analyze(
    raw: RawFeatures,
    schema: schema_pb2.Schema,
    splits: Sequence[str],
    preprocessing: Preprocessing,
    output: Path,
    scratch: Path,
) -> None:
    """Runs the analyzers of `preprocessing` over the rows of `splits` and writes the transform graph to `output`.

    What is written is what `tft_beam.AnalyzeDataset` and `WriteTransformFn` write: `tft.TFTransformOutput(output)` opens
    it. Each phase reads the rows once; what is held in memory is one batch and the analyzers' accumulators.

    Raises:
      ModuleFileError, InputError: see `Preprocessing` and `RawFeatures.batches`.
    """
    # The tables that the function makes belong to nobody else, and the first phase may look values up in them.
    tables = ResourceTracker()
    with tft_beam.Context(temp_dir=str(scratch), force_tf_compat_v1=False), resource_tracker_scope(tables):
        graph, inputs, outputs = impl_helper.trace_preprocessing_function(
            preprocessing, raw.type_specs(), use_tf_compat_v1=False, base_temp_dir=str(scratch)
        )
        asset_map = annotators.get_asset_annotations(graph)
        annotators.clear_asset_annotations(graph)
        saved_model = _run(raw, splits, preprocessing, scratch, graph, inputs, outputs)
    _publish(saved_model, output, asset_map, schema)


def _run(
    raw: RawFeatures,
    splits: Sequence[str],
    preprocessing: Preprocessing,
    scratch: Path,
    graph: Any,
    inputs: dict[str, Any],
    outputs: dict[str, Any],
) -> Path:
    """Runs the analysis of a traced graph; returns the folder of the finished SavedModel."""
    pipeline = beam.Pipeline(runner=EagerRunner(), options=PipelineOptions([]))
    extra_args = ConstructBeamPipelineVisitor.ExtraArgs(
        base_temp_dir=str(scratch),
        tf_config=None,
        pipeline=pipeline,
        flat_pcollection=None,
        pcollection_dict={},
        graph=graph,
        input_signature=inputs,
        input_specs=raw.type_specs(),
        input_tensor_adapter_config=raw.config,
        use_tf_compat_v1=False,
        cache_pcoll_dict=None,
        preprocessing_fn=preprocessing,
        analyzers_fingerprint=graph_tools.get_analyzers_fingerprint(graph, inputs),
        save_options=tft_beam.Context.get_save_options(),
    )
    future, _, side_effects = analysis_graph_builder.build(graph, inputs, outputs)
    visitor = InProcessVisitor(extra_args, raw, lambda: raw.batches(splits))
    visitor.final = future.parent_operation.operation_def
    traverser = nodes.Traverser(visitor)
    written: list[str] = []
    _ = traverser.visit_value_node(future) | "Finished" >> beam.Map(LocalFunction(written.append))
    for effect in side_effects:
        traverser.visit_value_node(effect)
    pipeline.run()
    return Path(written[0])


def _publish(saved_model: Path, output: Path, asset_map: dict[str, str], schema: schema_pb2.Schema) -> None:
    """Moves what the analysis wrote to where TFTransformOutput looks for it."""
    layout = tft.TFTransformOutput
    metadata = output / layout.TRANSFORMED_METADATA_DIR
    output.mkdir(parents=True, exist_ok=True)
    shutil.move(saved_model / impl_helper.METADATA_DIR_NAME, metadata)
    if asset_map:
        (metadata / layout.ASSET_MAP).write_text(json.dumps(asset_map), encoding="utf-8")
    shutil.move(saved_model, output / layout.TRANSFORM_FN_DIR)
    metadata_io.write_metadata(tft.DatasetMetadata(schema=schema), str(output / layout.RAW_METADATA_DIR))
