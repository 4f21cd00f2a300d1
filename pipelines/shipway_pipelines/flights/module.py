"""What the flights pipeline's model sees and how it learns: the same features when it trains and when it serves."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft

from shipway_components.trainer import FnArgs, TensorFlowDatasetOptions, export_model, training_callbacks
from shipway_pipelines.flights.features import CALENDAR, LABEL, NUMBERS, WIND_DIRECTION, WORDS

DENSE = (*NUMBERS, "wind_sin", "wind_cos")
UNKNOWN_WORDS = 1
"""One more index a vocabulary, for missing words and those that training never saw."""
NO_DIRECTION = -1

TRAIN_BATCH = 1024
EVAL_BATCH = 16384
HIDDEN_UNITS = (128, 64)
LEARNING_RATE = 0.003
EMBEDDING_WIDTH = 6
STEPS_AT_ONCE = 50


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, Any]:
    """Numbers are scaled, words become indices; a missing number is an average one, a missing word an unknown one."""
    outputs = {name: _dense(tft.scale_to_z_score(inputs[name]), 0.0) for name in NUMBERS}
    for name in WORDS:
        words = _dense(inputs[name], "")
        outputs[name] = tft.compute_and_apply_vocabulary(words, num_oov_buckets=UNKNOWN_WORDS, vocab_filename=name)
    for name, size in CALENDAR.items():
        outputs[name] = tf.clip_by_value(_dense(inputs[name], 0), 0, size - 1)
    outputs["wind_sin"], outputs["wind_cos"] = _wind(_dense(inputs[WIND_DIRECTION], NO_DIRECTION))
    outputs[LABEL] = inputs[LABEL]
    return outputs


def run_fn(fn_args: FnArgs) -> None:
    """Train a network of embeddings and numbers, and export it with the transform graph inside."""
    transform_output = tft.TFTransformOutput(fn_args.transform_output)
    vocabulary_sizes = {name: transform_output.vocabulary_size_by_name(name) for name in WORDS}
    train = _dataset(fn_args, transform_output, fn_args.train_files, TRAIN_BATCH, epochs=None)
    evaluation = _dataset(fn_args, transform_output, fn_args.eval_files, EVAL_BATCH, epochs=1)
    model = build_model(vocabulary_sizes)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(LEARNING_RATE, fn_args.train_steps)),
        loss="binary_crossentropy",
        metrics=[keras.metrics.AUC(name="auc")],
        steps_per_execution=STEPS_AT_ONCE,
        jit_compile=False,
    )
    model.fit(
        train,
        steps_per_epoch=fn_args.train_steps,
        validation_data=evaluation,
        callbacks=training_callbacks(fn_args, TRAIN_BATCH),
        verbose=2,
    )
    export_model(
        model,
        fn_args.serving_model_dir,
        transform_graph=fn_args.transform_graph_path,
        label_key=LABEL,
    )


def build_model(vocabulary_sizes: dict[str, int]) -> keras.Model:
    """The probability that a flight is late, [batch, 1], from transformed features of shape [batch, 1] each."""
    sizes = {name: size + UNKNOWN_WORDS for name, size in vocabulary_sizes.items()} | CALENDAR
    numbers = {name: keras.Input((1,), name=name) for name in DENSE}
    categories = {name: keras.Input((1,), name=name, dtype="int64") for name in sizes}
    hidden = keras.layers.Concatenate()([*numbers.values(), _embedded(categories, sizes)])
    for units in HIDDEN_UNITS:
        hidden = keras.layers.Dense(units, activation="relu")(hidden)
    probability = keras.layers.Dense(1, activation="sigmoid", name="probability")(hidden)
    return keras.Model({**numbers, **categories}, probability)


def _embedded(categories: dict[str, Any], sizes: dict[str, int]) -> Any:
    """All categories in one table, one after the other: one lookup a step is several times faster than one for each."""
    starts = keras.ops.convert_to_tensor([sum(list(sizes.values())[:place]) for place in range(len(sizes))], "int64")
    rows = keras.layers.Concatenate()(list(categories.values())) + starts
    return keras.layers.Flatten()(keras.layers.Embedding(sum(sizes.values()), EMBEDDING_WIDTH, name="categories")(rows))


def _dataset(fn_args: FnArgs, transform_output: Any, files: list[str], batch: int, epochs: int | None) -> Any:
    options = TensorFlowDatasetOptions(batch, num_epochs=epochs, shuffle=epochs is None, label_key=LABEL)
    schema = transform_output.transformed_metadata.schema
    return fn_args.data_accessor.tf_dataset_factory(files, options, schema)


def _wind(degrees: Any) -> tuple[Any, Any]:
    """Sine and cosine of a direction, both 0 where the wind has none."""
    angle = tf.cast(degrees, tf.float32) * (math.pi / 180)
    known = tf.not_equal(degrees, NO_DIRECTION)
    return tf.where(known, tf.sin(angle), 0.0), tf.where(known, tf.cos(angle), 0.0)


def _dense(feature: Any, missing: Any) -> Any:
    """[batch, 1], with `missing` where a row has no value; a feature that every row has is dense already."""
    if not isinstance(feature, tf.SparseTensor):
        return feature
    column = tf.SparseTensor(feature.indices, feature.values, [feature.dense_shape[0], 1])
    return tf.sparse.to_dense(column, missing)
