"""Module file of the penguins pipeline: four measures, three species."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft

from shipway_components.trainer import FnArgs, TensorFlowDatasetOptions, export_model, training_callbacks
from shipway_pipelines.penguins.features import LABEL, MEASURES, SPECIES, transformed_name

BATCH = 20
HIDDEN_UNITS = 16
LEARNING_RATE = 0.02
STEPS_AT_ONCE = 20


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, Any]:
    """Measures are scaled, a missing one counts as average; the species becomes a number, the most frequent is 0."""
    outputs = {transformed_name(name): _dense(tft.scale_to_z_score(inputs[name])) for name in MEASURES}
    outputs[transformed_name(LABEL)] = tft.compute_and_apply_vocabulary(inputs[LABEL], vocab_filename=LABEL)
    return outputs


def run_fn(fn_args: FnArgs) -> None:
    """Train on the transformed examples, and export the model with the transform graph inside."""
    transform_output = tft.TFTransformOutput(fn_args.transform_output)
    model = build_model()
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
        steps_per_execution=STEPS_AT_ONCE,
        jit_compile=False,
    )
    model.fit(
        _dataset(fn_args, transform_output, fn_args.train_files, num_epochs=None),
        steps_per_epoch=fn_args.train_steps,
        validation_data=_dataset(fn_args, transform_output, fn_args.eval_files, num_epochs=1),
        callbacks=training_callbacks(fn_args, BATCH),
        verbose=2,
    )
    export_model(
        model,
        fn_args.serving_model_dir,
        transform_graph=fn_args.transform_output,
        label_key=LABEL,
    )


def build_model() -> keras.Model:
    """The probability of each species, [batch, 3], from measures of shape [batch, 1]."""
    inputs = {name: keras.Input((1,), name=name) for name in map(transformed_name, MEASURES)}
    hidden = keras.layers.Dense(HIDDEN_UNITS, activation="relu")(keras.layers.Concatenate()(list(inputs.values())))
    return keras.Model(inputs, keras.layers.Dense(SPECIES, activation="softmax")(hidden))


def _dataset(fn_args: FnArgs, transform_output: Any, files: list[str], num_epochs: int | None) -> Any:
    options = TensorFlowDatasetOptions(BATCH, num_epochs=num_epochs, label_key=transformed_name(LABEL))
    schema = transform_output.transformed_metadata.schema
    return fn_args.data_accessor.tf_dataset_factory(files, options, schema)


def _dense(feature: Any) -> Any:
    """[batch, 1], with 0 where a row has no value; a feature that every row has is dense already."""
    if not isinstance(feature, tf.SparseTensor):
        return feature
    return tf.sparse.to_dense(tf.SparseTensor(feature.indices, feature.values, [feature.dense_shape[0], 1]))
