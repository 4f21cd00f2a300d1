"""How requests may be gathered: TensorFlow Serving's batching parameters, in the terms of the batcher."""

from __future__ import annotations

from dataclasses import dataclass

from shipway.serving.config.batching_parameters import BatchingParameters


@dataclass(frozen=True)
class BatchingRules:
    """The default is adaptive: a request runs at once when the model is idle, and whatever came while it was busy runs
    together afterwards."""

    enabled: bool = True
    """False: every request runs alone."""

    max_batch_size: int = 128
    """Rows in a batch at most; one request with more runs alone."""

    timeout_seconds: float = 0.0
    """How long an idle model waits for a batch to fill (batch_timeout_micros); the adaptive batcher does not wait."""

    lanes: int = 1
    """Batches of one model at once (num_batch_threads)."""

    max_queued_rows: int = 1024
    """What may wait for a model (max_enqueued_batches x max_batch_size); beyond it requests are refused."""

    allowed_batch_sizes: tuple[int, ...] = ()
    """Batches are padded to the next of these sizes, for hardware that compiles for each size."""

    pad_variable_length_inputs: bool = False
    """Whether inputs whose inner dimensions differ are padded to the largest."""

    max_request_rows: int | None = None
    """A request with more rows is refused, as TensorFlow Serving does; None refuses none for its size."""

    split_large: bool = False
    """Run a request with more rows than max_batch_size in parts (enable_large_batch_splitting)."""

    thread_name: str = "lane"
    """What the names of the threads that run batches begin with (thread_pool_name)."""


ONE_BY_ONE = BatchingRules(enabled=False)
"""Every request alone, as TensorFlow Serving runs them without --enable_batching."""


def rules_of(parameters: BatchingParameters) -> BatchingRules:
    """TensorFlow Serving's parameters as rules; its queue is counted in batches, and here in rows."""
    return BatchingRules(
        max_batch_size=parameters.largest_batch,
        timeout_seconds=parameters.batch_timeout_micros / 1e6,
        lanes=parameters.num_batch_threads,
        max_queued_rows=parameters.max_enqueued_batches * parameters.largest_batch,
        allowed_batch_sizes=parameters.allowed_batch_sizes,
        pad_variable_length_inputs=parameters.pad_variable_length_inputs,
        max_request_rows=parameters.max_batch_size,
        split_large=parameters.enable_large_batch_splitting,
        thread_name=parameters.thread_pool_name,
    )
