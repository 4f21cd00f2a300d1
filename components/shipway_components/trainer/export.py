"""Exporting a trained model so that it takes raw data, with the transform graph and its vocabularies inside.

The SavedModel is written from bare `tf.Variable`s and functions traced once each, without AutoGraph. `keras.export`'s
archive gives the same; it traces every endpoint several times and runs AutoGraph over all of them, which takes longer
than a short training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from shipway.data.autograph import libraries_unconverted
from shipway.data.model.signature import PREDICT_FEATURES, SERVING_DEFAULT
from shipway.errors import InputError
from shipway_components.trainer.raw_features import RawFeatures, read_raw_schema

TRANSFORM_FEATURES = "transform_features"
OUTPUT = "outputs"


class NoRawSchema(InputError):
    """Neither a schema nor a transform graph says what raw data is."""

    def __init__(self) -> None:
        super().__init__(
            "export_model does not know the raw features: pass transform_graph=fn_args.transform_graph_path, or "
            "schema=fn_args.schema_path where there is no Transform."
        )


class InputsUnmet(InputError):
    """The model has inputs that the features do not provide."""

    def __init__(self, missing: Iterable[str], provided: Iterable[str]) -> None:
        super().__init__(
            f"The model's inputs {', '.join(map(repr, missing))} are not among the features, which are "
            f"{', '.join(provided)}: name the keras.Input layers like the features, and leave the label out."
        )


@libraries_unconverted()
def export_model(
    model: Any,
    serving_model_dir: str | Path,
    *,
    transform_graph: Any = None,
    schema: Any = None,
    label_key: str | Iterable[str] | None = None,
) -> None:
    """Write a SavedModel with these signatures, all batch-first, each with the model's outputs:

    - `serving_default` takes `examples`, serialized tf.Examples [batch];
    - `predict_features` takes the raw features by name, dense, with missing markers (`shipway.data.model.missing`);
    - `transform_features`, where there is a transform graph, takes `examples` with their label and gives what the
      model and its evaluation see: all transformed features.

    A model whose inputs have names is asked for those raw features alone that its inputs are made of.

    A model with one output calls it `outputs`; others keep the names of their outputs. The label is not needed, nor
    looked at. It loads in a session, as TensorFlow Serving loads it, and in eager code.

    Args:
        model: a Keras model (Keras 3, or tf_keras), or any callable `tf.Module`, that takes a dict of features.
        serving_model_dir: `fn_args.serving_model_dir`.
        transform_graph: `fn_args.transform_graph_path`, or a `tft.TFTransformOutput`. None for a model that takes raw
            features.
        schema: the raw schema, or its path. None takes the transform graph's.
        label_key: the raw label, or the names of all raw features that are not there when serving.

    Raises:
        NoRawSchema, InputsUnmet: see there.
    """
    graph_path = getattr(transform_graph, "_transform_output_dir", transform_graph)
    transform = _load_transform(graph_path)
    everything = _raw_features(schema, graph_path, transform)
    raw = everything.without([label_key] if isinstance(label_key, str) else label_key or [])
    raw = _needed(raw, transform, _inputs_of(model))

    def answer(features: Mapping[str, Any]) -> dict[str, tf.Tensor]:
        return _outputs(model, call_model(model, transform(features) if transform else features))

    core = _trace(answer, raw.type_specs)
    examples = tf.TensorSpec([None], tf.string, name="examples")
    signatures = {
        SERVING_DEFAULT: _trace(lambda examples: core(raw.parse(examples)), examples),
        PREDICT_FEATURES: _trace(lambda named: core(raw.from_named(named)), raw.named_specs),
    }
    if transform:
        signatures[TRANSFORM_FEATURES] = _trace(
            lambda examples: _dense(transform(everything.parse(examples))), examples
        )
    exported = tf.Module(name="exported_model")
    exported.weights = _weights(model)
    exported.tracked = [transform, *_tables(model)]
    tf.saved_model.save(exported, str(serving_model_dir), signatures=signatures)


def call_model(model: Any, features: Mapping[str, Any]) -> Any:
    """The model on those of the features that it takes; raises `InputsUnmet`."""
    names = _inputs_of(model)
    if names:
        missing = [name for name in names if name not in features]
        if missing:
            raise InputsUnmet(missing, sorted(features))
        features = {name: features[name] for name in names}
    return model(features, training=False) if hasattr(model, "fit") else model(features)


def _inputs_of(model: Any) -> list[str]:
    """The features that the model takes by name; none for one that does not say, such as a subclassed model."""
    return [tensor.name.partition(":")[0] for tensor in getattr(model, "inputs", None) or ()]


def _load_transform(graph_path: Any) -> Any:
    if graph_path is None:
        return None
    from shipway_components.transform.graph import apply_transform_graph

    return apply_transform_graph(graph_path)


def _raw_features(schema: Any, graph_path: Any, transform: Any) -> RawFeatures:
    if schema is None:
        if graph_path is None:
            raise NoRawSchema
        schema = Path(graph_path) / "metadata" / "schema.pbtxt"
    return RawFeatures(read_raw_schema(schema), transform.input_names if transform else None)


def _needed(raw: RawFeatures, transform: Any, inputs: Sequence[str]) -> RawFeatures:
    """The raw features that the model's inputs are made of; all of them where an input is none of the features."""
    known = transform.output_names if transform else raw.spec
    if not inputs or not set(inputs).issubset(known):
        return raw
    return raw.only(transform.inputs_of(inputs) if transform else inputs)


def _trace(function: Callable[..., Any], *signature: Any) -> Any:
    return tf.function(function, input_signature=signature, autograph=False).get_concrete_function()


def _outputs(model: Any, result: Any) -> dict[str, tf.Tensor]:
    if isinstance(result, Mapping):
        return dict(result)
    if isinstance(result, list | tuple):
        names = getattr(model, "output_names", None) or [f"output_{number}" for number in range(len(result))]
        return dict(zip(names, result, strict=True))
    return {OUTPUT: result}


def _dense(features: Mapping[str, Any]) -> dict[str, tf.Tensor]:
    """Signatures give dense tensors alone: what is sparse or ragged is padded with zeros or empty strings."""
    return {
        name: tf.sparse.to_dense(value)
        if isinstance(value, tf.SparseTensor)
        else value.to_tensor()
        if isinstance(value, tf.RaggedTensor)
        else value
        for name, value in features.items()
    }


def _weights(model: Any) -> dict[str, tf.Variable]:
    """The model's variables by path, as `warm_start` finds them again; neither metrics nor the optimizer's."""
    measured = {id(variable) for variable in getattr(model, "metrics_variables", ())}
    weights: dict[str, tf.Variable] = {}
    for variable in getattr(model, "variables", ()):
        if id(variable) not in measured:
            is_bare = isinstance(variable, tf.Variable)
            path = variable.name.partition(":")[0] if is_bare else variable.path
            name = path if path not in weights else f"{path}_{len(weights)}"
            weights[name] = variable if is_bare else variable.value
    return weights


def _tables(model: Any) -> list[Any]:
    """Lookup tables anywhere in the model: its preprocessing layers have some."""
    if not isinstance(model, tf.__internal__.tracking.Trackable):
        return []
    found = tf.train.TrackableView(model).descendants()
    return [node for node in found if isinstance(node, tf.saved_model.experimental.TrackableResource)]
