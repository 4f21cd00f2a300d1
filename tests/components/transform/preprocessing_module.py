"""Preprocessing functions with TF Transform's common analyzers, as a user would write them."""

import tensorflow as tf
import tensorflow_transform as tft


def dense(feature, default):
    """A sparse feature of at most one value a row as [batch]."""
    single = tf.SparseTensor(feature.indices, feature.values, [feature.dense_shape[0], 1])
    return tf.squeeze(tf.sparse.to_dense(single, default), axis=1)


def preprocessing_fn(inputs):
    amount = dense(inputs["amount"], 0.0)
    word = dense(inputs["word"], "")
    tokens = tf.compat.v1.strings.split(dense(inputs["text"], ""))
    index = tft.compute_and_apply_vocabulary(tft.ngrams(tokens, (1, 2), " "), frequency_threshold=3)
    tfidf_index, tfidf_weight = tft.tfidf(index, 40)
    unit = tft.scale_to_0_1(amount)
    return {
        "z_score": tft.scale_to_z_score(amount),
        "unit": unit,
        "bucket": tft.bucketize(amount, 4),
        "word_index": tft.compute_and_apply_vocabulary(word, top_k=3, num_oov_buckets=2, vocab_filename="words"),
        "word_hash": tft.hash_strings(word, hash_buckets=7),
        "tfidf_index": tfidf_index,
        "tfidf_weight": tfidf_weight,
        "label": inputs["label"],
        "second_phase": tft.scale_to_z_score(tf.square(unit)),
    }


def more_analyzers(inputs):
    """Also has a third phase, which TF Transform cannot run on the DirectRunner of this Beam."""
    amount = dense(inputs["amount"], 0.0)
    count = dense(inputs["count"], 0)
    word = dense(inputs["word"], "")
    second_phase = tft.scale_to_z_score(tf.square(tft.scale_by_min_max(amount, -1.0, 1.0)))
    tft.vocabulary(inputs["word"], vocab_filename="with_frequency", store_frequency=True)
    tft.annotate_asset("a_name", "with_frequency")
    tft.vocabulary(inputs["word"], top_k=2, frequency_threshold=2, vocab_filename="top", store_frequency=True)
    tft.vocabulary(inputs["word"], vocab_filename="shuffled", fingerprint_shuffle=True)
    tft.vocabulary(inputs["word"], vocab_filename="reserved", reserved_tokens=["violet", "none"])
    tft.vocabulary(inputs["word"], frequency_threshold=1000, vocab_filename="none_left")
    tft.vocabulary(word, labels=inputs["label"], vocab_filename="informative", top_k=3)
    covariance = tft.covariance(tf.stack([amount, tf.square(amount)], axis=1), tf.float32)
    return {
        "z_score_sparse": tft.scale_to_z_score(inputs["amount"]),
        "z_score_by_word": tft.scale_to_z_score_per_key(amount, word),
        "bucket_of_count": tft.apply_buckets(count, tft.quantiles(count, 3, epsilon=0.01)),
        "weighted_word": tft.compute_and_apply_vocabulary(word, weights=amount, vocab_filename="weighted"),
        "count_index": tft.compute_and_apply_vocabulary(inputs["count"], vocab_filename="counts"),
        "vector": tf.stack([amount, tft.max(amount) - amount], axis=1),
        "ragged_tokens": inputs["ragged"],
        "covariance": tf.zeros_like(amount) + covariance[0, 1],
        "second_phase": second_phase,
        "third_phase": tft.bucketize(second_phase + tf.cast(count, tf.float32), 3),
    }


def with_config(inputs, custom_config):
    return {"scaled": tft.scale_to_z_score(dense(inputs["amount"], 0.0)) * custom_config["factor"]}


def raises(inputs):
    return {"unit": tft.scale_to_0_1(dense(inputs["amount"], 0.0)) + undefined_name}  # noqa: F821


def asks_for_more(inputs):
    return {"price": inputs["price"]}


def returns_nothing(inputs):
    return {}


def fails_on_data(inputs):
    return {"number": tf.strings.to_number(dense(inputs["word"], "0"))}


def fails_on_analysis(inputs):
    return {"number": tft.scale_to_z_score(tf.strings.to_number(dense(inputs["word"], "0")))}


def changes_rows(inputs):
    return {"half": dense(inputs["amount"], 0.0)[::2], "label": inputs["label"]}


def strings(inputs):
    return {"text": dense(inputs["text"], ""), "label": inputs["label"], "sparse": inputs["word"]}


def taxi(inputs):
    return {
        "fare": tft.scale_to_z_score(dense(inputs["fare"], 0.0)),
        "company": tft.compute_and_apply_vocabulary(dense(inputs["company"], ""), num_oov_buckets=1),
        "tips": dense(inputs["tips"], 0.0),
    }
