"""What the model sees and how it learns. The two functions are TFX's: `preprocessing_fn` and `run_fn`."""

from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft

from shipway_components.trainer import FnArgs, TensorFlowDatasetOptions, export_model, training_callbacks

LABEL = "species"
CLASSES = 3
NUMBERS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
BATCH = 20


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, Any]:
    """Runs over all training data once, and then, as a part of the model, over every request."""
    outputs = {f"{name}_xf": _dense(tft.scale_to_z_score(inputs[name])) for name in NUMBERS}
    outputs[f"{LABEL}_xf"] = tft.compute_and_apply_vocabulary(inputs[LABEL], vocab_filename=LABEL)
    return outputs


def run_fn(fn_args: FnArgs) -> None:
    """Trains on the transformed examples and leaves a SavedModel in `fn_args.serving_model_dir`."""
    schema = tft.TFTransformOutput(fn_args.transform_output).transformed_metadata.schema
    options = TensorFlowDatasetOptions(batch_size=BATCH, label_key=f"{LABEL}_xf")
    train = fn_args.data_accessor.tf_dataset_factory(fn_args.train_files, options, schema)
    model = build_model()
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=20, jit_compile=False)
    callbacks = training_callbacks(fn_args, BATCH)
    model.fit(train, steps_per_epoch=fn_args.train_steps, callbacks=callbacks, verbose=2)
    export_model(model, fn_args.serving_model_dir, transform_graph=fn_args.transform_output, label_key=LABEL)


def build_model() -> keras.Model:
    """The probability of each class, [batch, classes], from the transformed numbers, [batch, 1] each."""
    inputs = {f"{name}_xf": keras.Input((1,), name=f"{name}_xf") for name in NUMBERS}
    hidden = keras.layers.Dense(32, activation="relu")(keras.layers.Concatenate()(list(inputs.values())))
    return keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax")(hidden))


def _dense(feature: Any) -> Any:
    """A column with missing values comes as a sparse tensor: 0, which after scaling is the mean, stands for them."""
    if not isinstance(feature, tf.SparseTensor):
        return feature
    return tf.sparse.to_dense(tf.SparseTensor(feature.indices, feature.values, [feature.dense_shape[0], 1]))
