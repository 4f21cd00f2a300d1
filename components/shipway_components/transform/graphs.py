"""The graphs of an analysis, traced from the preprocessing function and kept in memory.

TF Transform analyzes in phases: it runs the part of the graph whose analyzers are known, feeds the analyzers that can
then run, and writes a SavedModel before each phase, which the phase's workers load. In one process the traced graph is
called as it is: the first phase is a part of the graph that was traced to find the analyzers, and only the finished
graph is saved.

Functions that tensorflow-transform 1.16 keeps to itself are used here and beside, so its version is pinned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.python.eager.wrap_function import VariableHolder, WrappedFunction
from tensorflow.python.trackable.resource import ResourceTracker, resource_tracker_scope
from tensorflow_transform import annotators, graph_context, graph_tools, impl_helper, tf2_utils
from tensorflow_transform.beam import Context
from tensorflow_transform.saved.saved_transform_io_v2 import trace_and_update_module, write_v2_saved_model
from tensorflow_transform.tf_metadata import metadata_io

from shipway_components.transform.output_schema import output_schema

Features = dict[str, Any]
Phase = Callable[[Features], dict[str, Any]]
"""Raw features of a batch, as tensors, to the tensors that a phase's analyzers take."""


class AnalysisGraphs:
    """Traces the preprocessing function: once to find its analyzers, and again whenever some of them are known."""

    def __init__(self, preprocessing: Callable[[Features], Features], specs: Mapping[str, tf.TypeSpec], scratch: Path):
        self._preprocessing = preprocessing
        self._specs = dict(specs)
        self._scratch = scratch
        # The tables of the first trace belong to nobody else, and the first phase may look values up in them.
        self._tables = ResourceTracker()
        with resource_tracker_scope(self._tables):
            self.graph, self.inputs, self.outputs = impl_helper.trace_preprocessing_function(
                preprocessing, self._specs, use_tf_compat_v1=False, base_temp_dir=str(scratch)
            )
        self.asset_map: dict[str, str] = annotators.get_asset_annotations(self.graph)
        annotators.clear_asset_annotations(self.graph)
        self.fingerprint = graph_tools.get_analyzers_fingerprint(self.graph, self.inputs)

    def phase(self, outputs: Mapping[str, tf.Tensor], bindings: Iterable[Any]) -> Phase:
        """What gives `outputs`, tensors of `self.graph`, with the analyzers' values that `bindings` hold."""
        known = _values(bindings)
        if not known:
            return _part_of(self.graph, self.inputs, outputs)
        module = tf.Module()
        names = {key: tensor.name for key, tensor in outputs.items()}
        function = impl_helper.get_traced_transform_fn(
            self._preprocessing, self._specs, self._context(module, known), output_keys_to_name_map=names
        )
        trace_and_update_module(module, function, "transform_fn", strip_control_dependencies=False)
        return _TracedPhase(module)

    def save(self, bindings: Iterable[Any], folder: Path) -> None:
        """Writes the finished graph as a SavedModel, with the transformed schema beside it as TF Transform does.

        Raises:
          RuntimeError: the function calls its analyzers in another order than before.
        """
        known = _values(bindings)
        module = tf.Module()
        returned: Features = {}

        def recorded(features: Features) -> Features:
            returned.update(self._preprocessing(features))
            return dict(returned)

        function = impl_helper.get_traced_transform_fn(recorded, self._specs, self._context(module, known))
        options = Context.get_save_options()
        traced = write_v2_saved_model(module, function, "transform_fn", str(folder), options)
        inputs = tf2_utils.get_structured_inputs_from_func_graph(traced.graph)
        impl_helper._validate_analyzers_fingerprint(self.fingerprint, traced.graph, inputs)
        metadata = output_schema(traced, returned)
        if metadata is None:
            metadata = impl_helper._trace_and_get_metadata(
                traced, inputs, self._preprocessing, str(self._scratch), known
            )
        metadata_io.write_metadata(metadata, str(folder / impl_helper.METADATA_DIR_NAME))

    def _context(self, module: tf.Module, known: dict[str, tf.Tensor] | None) -> graph_context.TFGraphContext:
        return graph_context.TFGraphContext(
            module_to_export=module, temp_dir=str(self._scratch), evaluated_replacements=known
        )


class _TracedPhase:
    """A traced graph with the module that keeps its tables alive."""

    def __init__(self, module: tf.Module):
        self._module = module

    def __call__(self, features: Features) -> dict[str, Any]:
        return dict(self._module.transform_fn(*tf.nest.flatten(features, expand_composites=True)))


def _part_of(graph: Any, inputs: Mapping[str, Any], outputs: Mapping[str, tf.Tensor]) -> Phase:
    """The part of a traced graph from its inputs to `outputs`."""
    feeds = tf.nest.flatten(dict(inputs), expand_composites=True)
    whole = WrappedFunction(graph, variable_holder=VariableHolder(share_variables=True))
    part = whole.prune(feeds, dict(outputs))
    return lambda features: dict(part(*tf.nest.flatten(features, expand_composites=True)))


def _values(bindings: Iterable[Any]) -> dict[str, tf.Tensor] | None:
    """The values of analyzers by the names of the tensors that stand for them; None for no analyzer, as TFT has it."""
    known = {
        binding.tensor_name: tf.constant(binding.value, tf.dtypes.as_dtype(binding.dtype_enum)) for binding in bindings
    }
    return known or None
