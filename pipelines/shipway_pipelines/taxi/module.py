"""Module file of the taxi pipeline, written as one for TFX: only `FnArgs` and the export come from elsewhere."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft

from shipway_components.trainer import FnArgs, TensorFlowDatasetOptions, export_model, training_callbacks
from shipway_pipelines.taxi.features import (
    BIG_TIP,
    BUCKET_FEATURES,
    BUCKETS,
    CATEGORICAL_FEATURES,
    DENSE_FLOAT_FEATURES,
    FARE,
    LABEL,
    OUT_OF_VOCABULARY,
    VOCABULARY_FEATURES,
    VOCABULARY_SIZE,
    transformed_name,
)

TRAIN_BATCH = 40
EVAL_BATCH = 1000
HIDDEN_UNITS = (100, 70, 48, 34)
LEARNING_RATE = 0.001
STEPS_AT_ONCE = 50


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, Any]:
    """tf.Transform's callback: numbers are scaled, words indexed, coordinates put into buckets."""
    outputs = {}
    for name in DENSE_FLOAT_FEATURES:
        outputs[transformed_name(name)] = tft.scale_to_z_score(_fill_in_missing(inputs[name]))
    for name in VOCABULARY_FEATURES:
        outputs[transformed_name(name)] = tft.compute_and_apply_vocabulary(
            _fill_in_missing(inputs[name]), top_k=VOCABULARY_SIZE, num_oov_buckets=OUT_OF_VOCABULARY
        )
    for name in BUCKET_FEATURES:
        outputs[transformed_name(name)] = tft.bucketize(_fill_in_missing(inputs[name]), BUCKETS)
    for name, size in CATEGORICAL_FEATURES.items():
        outputs[transformed_name(name)] = tf.clip_by_value(_fill_in_missing(inputs[name]), 0, size - 1)
    fare, tips = _fill_in_missing(inputs[FARE]), _fill_in_missing(inputs[LABEL])
    is_big = tf.greater(tips, tf.multiply(fare, tf.constant(BIG_TIP)))
    outputs[transformed_name(LABEL)] = tf.where(
        tf.math.is_nan(fare), tf.zeros_like(fare, tf.int64), tf.cast(is_big, tf.int64)
    )
    return outputs


def run_fn(fn_args: FnArgs) -> None:
    """Train the model that the examples' steps allow, and export it with the transform graph inside."""
    tf_transform_output = tft.TFTransformOutput(fn_args.transform_output)
    train_dataset = _input_fn(fn_args, fn_args.train_files, tf_transform_output, TRAIN_BATCH)
    eval_dataset = _input_fn(fn_args, fn_args.eval_files, tf_transform_output, EVAL_BATCH, num_epochs=1)
    model = build_keras_model()
    model.compile(
        loss="binary_crossentropy",
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        metrics=[keras.metrics.AUC(name="auc")],
        steps_per_execution=STEPS_AT_ONCE,
        jit_compile=False,
    )
    model.fit(
        train_dataset,
        steps_per_epoch=fn_args.train_steps,
        validation_data=eval_dataset,
        validation_steps=fn_args.eval_steps,
        callbacks=training_callbacks(fn_args, TRAIN_BATCH),
        verbose=2,
    )
    export_model(model, fn_args.serving_model_dir, transform_graph=tf_transform_output, label_key=LABEL)


def build_keras_model() -> keras.Model:
    """A wide and deep model: numbers go through hidden layers, every category has a weight of its own."""
    deep_inputs = {name: keras.Input((1,), name=name) for name in map(transformed_name, DENSE_FLOAT_FEATURES)}
    sizes = {
        **dict.fromkeys(VOCABULARY_FEATURES, VOCABULARY_SIZE + OUT_OF_VOCABULARY),
        **dict.fromkeys(BUCKET_FEATURES, BUCKETS),
        **CATEGORICAL_FEATURES,
    }
    wide_inputs = {transformed_name(name): _category_input(transformed_name(name)) for name in sizes}
    deep = keras.layers.Concatenate()(list(deep_inputs.values()))
    for units in HIDDEN_UNITS:
        deep = keras.layers.Dense(units, activation="relu")(deep)
    starts = [sum(list(sizes.values())[:place]) for place in range(len(sizes))]
    categories = keras.layers.Concatenate()(list(wide_inputs.values())) + keras.ops.convert_to_tensor(starts, "int64")
    wide = keras.layers.Flatten()(keras.layers.Embedding(sum(sizes.values()), 1, name="weights")(categories))
    output = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Concatenate()([deep, wide]))
    return keras.Model({**deep_inputs, **wide_inputs}, output)


def _category_input(name: str) -> Any:
    return keras.Input((1,), name=name, dtype="int64")


def _input_fn(
    fn_args: FnArgs,
    file_pattern: list[str],
    tf_transform_output: tft.TFTransformOutput,
    batch_size: int,
    num_epochs: int | None = None,
) -> tf.data.Dataset:
    return fn_args.data_accessor.tf_dataset_factory(
        file_pattern,
        TensorFlowDatasetOptions(batch_size=batch_size, num_epochs=num_epochs, label_key=transformed_name(LABEL)),
        tf_transform_output.transformed_metadata.schema,
    )


def _fill_in_missing(x: Any) -> Any:
    """A dense [batch] tensor, with "" or 0 where a row has no value."""
    if not isinstance(x, tf.sparse.SparseTensor):
        return tf.squeeze(x, axis=1)
    default_value = "" if x.dtype == tf.string else 0
    column = tf.SparseTensor(x.indices, x.values, [x.dense_shape[0], 1])
    return tf.squeeze(tf.sparse.to_dense(column, default_value), axis=1)
