"""From a preprocessing function and rows to the transform graph, in TF Transform's layout."""

from __future__ import annotations

import json
import shutil
import traceback
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform import impl_helper, nodes
from tensorflow_transform.beam import analysis_graph_builder
from tensorflow_transform.beam.common import ConstructBeamPipelineVisitor
from tensorflow_transform.tf_metadata import metadata_io

from shipway.data.beam import eager_pipeline
from shipway_components.transform.errors import TransformGraphFailed
from shipway_components.transform.graphs import AnalysisGraphs
from shipway_components.transform.preprocessing import Preprocessing
from shipway_components.transform.raw_features import RawFeatures
from shipway_components.transform.user_lines import UserLines
from shipway_components.transform.visitor import InProcessVisitor


def analyze(
    raw: RawFeatures,
    schema: schema_pb2.Schema,
    splits: Sequence[str],
    preprocessing: Preprocessing,
    output: Path,
    scratch: Path,
) -> UserLines:
    """Runs the analyzers of `preprocessing` over the rows of `splits` and writes the transform graph to `output`.

    What is written is what `tft_beam.AnalyzeDataset` and `WriteTransformFn` write: `tft.TFTransformOutput(output)`
    opens it. Each phase reads the rows once; what is held in memory is one batch and the analyzers' accumulators.

    Returns:
      Where in the user's module a node of the graph comes from, for what may go wrong when the graph is applied.

    Raises:
      ModuleFileError, InputError: see `Preprocessing` and `RawFeatures.batches`.
    """
    saved_model = scratch / "saved_model"
    with tft_beam.Context(temp_dir=str(scratch), force_tf_compat_v1=False):
        graphs = AnalysisGraphs(preprocessing, raw.type_specs(), scratch)
        lines = UserLines(graphs.graph, preprocessing.file)
        try:
            _run(graphs, raw, splits, scratch, saved_model)
        except tf.errors.OpError as error:
            traceback.print_exc()
            raise TransformGraphFailed(splits, lines.module_file, lines.of(error), error) from error
    _publish(saved_model, output, graphs.asset_map, schema)
    return lines


def _run(graphs: AnalysisGraphs, raw: RawFeatures, splits: Sequence[str], scratch: Path, saved_model: Path) -> None:
    """Runs the analysis, at the end of which the finished graph is saved."""
    pipeline = eager_pipeline()
    extra_args = ConstructBeamPipelineVisitor.ExtraArgs(
        base_temp_dir=str(scratch),
        tf_config=None,
        pipeline=pipeline,
        flat_pcollection=None,
        pcollection_dict={},
        graph=graphs.graph,
        input_signature=graphs.inputs,
        input_specs=raw.type_specs(),
        input_tensor_adapter_config=raw.config,
        use_tf_compat_v1=False,
        cache_pcoll_dict=None,
        preprocessing_fn=None,
        analyzers_fingerprint=graphs.fingerprint,
        save_options=tft_beam.Context.get_save_options(),
    )
    future, _, side_effects = analysis_graph_builder.build(graphs.graph, graphs.inputs, graphs.outputs)
    final = future.parent_operation.operation_def
    visitor = InProcessVisitor(extra_args, graphs, lambda: raw.batches(splits), raw.tensors, final, saved_model)
    traverser = nodes.Traverser(visitor)
    for wanted in (future, *side_effects):
        traverser.visit_value_node(wanted)
    pipeline.run()


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
