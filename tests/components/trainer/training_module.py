"""A user's module file: preprocessing, a small model, and trainings that go wrong in every way a test needs."""

import keras
import tensorflow as tf
import tensorflow_transform as tft

from shipway_components.trainer import FnArgs, TensorFlowDatasetOptions, export_model, training_callbacks, warm_start

BATCH = 16


def dense(feature, default):
    """A sparse feature of at most one value a row as [batch]."""
    single = tf.SparseTensor(feature.indices, feature.values, [feature.dense_shape[0], 1])
    return tf.squeeze(tf.sparse.to_dense(single, default), axis=1)


def preprocessing_fn(inputs):
    return {
        "amount_xf": tft.scale_to_z_score(dense(inputs["amount"], 0.0)),
        "count_xf": dense(inputs["count"], -1),
        "word_xf": tft.compute_and_apply_vocabulary(
            dense(inputs["word"], ""), num_oov_buckets=1, vocab_filename="words"
        ),
        "tags_xf": _count(inputs["tags"]),
        "pair_xf": inputs["pair"],
        "label_xf": inputs["label"],
    }


def _count(tags):
    """How many values each row has, as [batch]."""
    ones = tf.SparseTensor(tags.indices, tf.cast(tf.strings.length(tags.values) >= 0, tf.float32), tags.dense_shape)
    return tf.reshape(tf.sparse.reduce_sum(ones, 1), [-1])


def build_model():
    shapes = {"amount_xf": 1, "count_xf": 1, "word_xf": 1, "tags_xf": 1, "pair_xf": 2}
    whole = ("count_xf", "word_xf")
    inputs = {n: keras.Input((s,), name=n, dtype="int64" if n in whole else "float32") for n, s in shapes.items()}
    numbers = [keras.ops.cast(keras.ops.reshape(i, (-1, shapes[n])), "float32") for n, i in inputs.items()]
    hidden = keras.layers.Dense(4, activation="relu", name="hidden")(keras.layers.concatenate(numbers))
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="score")(hidden))


def dataset(fn_args, patterns, **options):
    schema = tft.TFTransformOutput(fn_args.transform_output).transformed_metadata.schema
    wanted = TensorFlowDatasetOptions(batch_size=BATCH, label_key="label_xf", **options)
    return fn_args.data_accessor.tf_dataset_factory(patterns, wanted, schema)


def fit(fn_args, model, **compile_with):
    model.compile(
        loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.01), steps_per_execution=4, **compile_with
    )
    model.fit(
        dataset(fn_args, fn_args.train_files),
        steps_per_epoch=fn_args.train_steps,
        validation_data=dataset(fn_args, fn_args.eval_files, num_epochs=1, shuffle=False),
        callbacks=training_callbacks(fn_args, BATCH),
        verbose=0,
    )


def run_fn(fn_args: FnArgs):
    model = build_model()
    if fn_args.base_model:
        assert warm_start(model, fn_args.base_model) == []
    if fn_args.train_steps:
        fit(fn_args, model)
    export_model(model, fn_args.serving_model_dir, transform_graph=fn_args.transform_graph_path, label_key="label")


def run_with_nan_in_the_loss(fn_args):
    def broken(y_true, y_pred):
        return keras.ops.mean(y_pred) * float("nan")

    model = build_model()
    model.compile(loss=broken, optimizer="sgd")
    model.fit(
        dataset(fn_args, fn_args.train_files),
        steps_per_epoch=4,
        callbacks=training_callbacks(fn_args, BATCH),
        verbose=0,
    )


def run_with_nan_in_the_weights(fn_args):
    model = build_model()
    model.get_layer("hidden").kernel.assign(tf.fill(model.get_layer("hidden").kernel.shape, float("nan")))
    export_model(model, fn_args.serving_model_dir, transform_graph=fn_args.transform_output, label_key=["label"])


def run_without_export(fn_args):
    build_model()


def run_with_a_mistake(fn_args):
    raise KeyError(fn_args.custom_config["missing"])


def run_and_save_as_tfx_modules_do(fn_args):
    transform_output = tft.TFTransformOutput(fn_args.transform_output)
    model = build_model()
    model.tft_layer = transform_output.transform_features_layer()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(serialized):
        spec = transform_output.raw_feature_spec()
        spec.pop("label")
        features = model.tft_layer(tf.io.parse_example(serialized, spec))
        return {"outputs": model({name: features[name] for name in model.input})}

    tf.saved_model.save(model, fn_args.serving_model_dir, signatures={"serving_default": serve})


def run_and_save_an_orphan_variable(fn_args):
    """What `tf.saved_model.save` writes of a Keras 3 model that hides in another object: no session can run it."""
    holder = tf.Module()
    holder.model = build_model()
    spec = {name: tf.TensorSpec([None, *i.shape[1:]], i.dtype, name=name) for name, i in holder.model.input.items()}
    serve = tf.function(lambda features: {"outputs": holder.model(features)}, input_signature=[spec])
    tf.saved_model.save(holder, fn_args.serving_model_dir, signatures={"serving_default": serve})
