"""Datasets over TFRecord files of tf.Example, parsed as TFX parses them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shipway.data.tensors.feature_spec import FeatureSpec


def records_dataset(files: Sequence[Path], spec: FeatureSpec, options: Any, seed: int) -> Any:
    """The dataset of `make_dataset` over TFRecord files; rows are shuffled in a buffer of `shuffle_buffer_size`."""
    import tensorflow as tf

    compression = "GZIP" if files[0].read_bytes()[:2] == b"\x1f\x8b" else ""
    dataset = tf.data.Dataset.from_tensor_slices([str(path) for path in files])
    if options.shuffle:
        dataset = dataset.shuffle(len(files), seed)
    dataset = dataset.interleave(
        lambda path: tf.data.TFRecordDataset(path, compression), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    if options.shuffle:
        dataset = dataset.shuffle(options.shuffle_buffer_size, seed)
    whole_batches = options.drop_final_batch or options.num_epochs is None
    dataset = dataset.repeat(options.num_epochs).batch(options.batch_size, drop_remainder=whole_batches)

    def parse(serialized: Any) -> Any:
        features = tf.io.parse_example(serialized, spec)
        if options.label_key is None:
            return features
        label = features.pop(options.label_key)
        return features, label

    return dataset.map(parse, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(tf.data.AUTOTUNE)
