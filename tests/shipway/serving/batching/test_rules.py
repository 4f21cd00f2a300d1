"""The parameters of TensorFlow Serving, as rules of batching."""

from shipway.serving.batching.rules import BatchingRules, rules_of
from shipway.serving.config.batching_parameters import BatchingParameters


def test_the_parameters_of_tensorflow_serving_keep_their_meaning():
    parameters = BatchingParameters(
        max_batch_size=64,
        batch_timeout_micros=5000,
        max_enqueued_batches=10,
        num_batch_threads=3,
        thread_pool_name="pool",
        allowed_batch_sizes=(8, 16),
        enable_large_batch_splitting=True,
        max_execution_batch_size=16,
    )
    assert rules_of(parameters) == BatchingRules(
        max_batch_size=16,
        timeout_seconds=0.005,
        lanes=3,
        max_queued_rows=160,
        allowed_batch_sizes=(8, 16),
        max_request_rows=64,
        split_large=True,
        thread_name="pool",
    )
