import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.errors import InputError
from shipway.serving.config.batching_parameters import (
    BatchingParameters,
    parameters_of_model,
    parse_batching_parameters,
    read_batching_parameters,
)


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_batching_parameters(text, "batching parameters file 'batching.txt'")
    return str(caught.value)


def test_the_defaults_are_those_of_tensorflow_serving():
    parameters = parse_batching_parameters("")
    assert parameters == BatchingParameters(
        max_batch_size=1000,
        batch_timeout_micros=0,
        max_enqueued_batches=10,
        num_batch_threads=len(os.sched_getaffinity(0)),
        thread_pool_name="batch_threads",
    )
    assert parameters.largest_batch == 1000


def test_a_file_as_tensorflow_serving_documents_it(tmp_path):
    path = tmp_path / "batching.txt"
    path.write_text(
        """
        max_batch_size { value: 128 }
        batch_timeout_micros { value: 0 }
        max_enqueued_batches { value: 1000000 }
        num_batch_threads { value: 8 }
        thread_pool_name: { value: "mine" }
        pad_variable_length_inputs: true
        allowed_batch_sizes: 32
        allowed_batch_sizes: 128
        """
    )
    assert read_batching_parameters(path) == BatchingParameters(
        128, 0, 1_000_000, 8, "mine", allowed_batch_sizes=(32, 128), pad_variable_length_inputs=True
    )


def test_large_requests_are_split_into_batches_of_the_execution_size():
    split = "max_batch_size { value: 100 } enable_large_batch_splitting { value: true }"
    assert parse_batching_parameters(split).largest_batch == 100
    parameters = parse_batching_parameters(split + " max_execution_batch_size { value: 20 }")
    assert (parameters.largest_batch, parameters.max_batch_size) == (20, 100)
    for last in (20, 100):
        allowed = f"{split} max_execution_batch_size {{ value: 20 }} allowed_batch_sizes: [10, {last}]"
        assert parse_batching_parameters(allowed).allowed_batch_sizes == (10, last)


def test_the_execution_size_means_nothing_without_splitting():
    assert parse_batching_parameters("max_execution_batch_size { value: 20 }").largest_batch == 1000


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("max_batch_size { value: 0 }", "max_batch_size is 0; give 1 or more."),
        ("batch_timeout_micros { value: -1 }", "batch_timeout_micros is -1; give 0 or more."),
        ("max_enqueued_batches { value: 0 }", "max_enqueued_batches is 0; give 1 or more."),
        ("num_batch_threads { value: 0 }", "num_batch_threads is 0; give 1 or more."),
        ("max_execution_batch_size { value: 0 }", "max_execution_batch_size is 0; give 1 or more."),
        (
            "enable_large_batch_splitting { value: true } max_execution_batch_size { value: 2000 }",
            "max_execution_batch_size is 2000; give at most max_batch_size, which is 1000.",
        ),
        ("allowed_batch_sizes: [8, 8, 1000]", "allowed_batch_sizes are 8, 8, 1000; give positive sizes, ascending."),
        ("allowed_batch_sizes: [1000, 8]", "allowed_batch_sizes are 1000, 8; give positive sizes, ascending."),
        ("allowed_batch_sizes: [0, 1000]", "allowed_batch_sizes are 0, 1000; give positive sizes, ascending."),
        (
            "max_batch_size { value: 64 } allowed_batch_sizes: [8, 32]",
            "the last of allowed_batch_sizes is 32; it must be the size of the largest batch, 64.",
        ),
    ],
)
def test_parameters_that_no_batch_can_be_made_by(text, sentence):
    assert refusal(text) == f"Batching parameters file 'batching.txt': {sentence}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "\nmax_batch_size: 128",
            "line 2: 'max_batch_size' is written as a plain value; write max_batch_size { value: 128 }.",
        ),
        (
            "max_batchsize { value: 1 }",
            "line 1: BatchingParameters has no field 'max_batchsize' (did you mean 'max_batch_size'?); it has "
            "max_batch_size, batch_timeout_micros, max_enqueued_batches, num_batch_threads, thread_pool_name, "
            "allowed_batch_sizes, pad_variable_length_inputs, enable_large_batch_splitting, max_execution_batch_size.",
        ),
        (
            "max_batch_size { val: 1 }",
            "line 1: Int64Value has no field 'val' (did you mean 'value'?); it has value.",
        ),
        ("pad_variable_length_inputs: yes", 'line 1: Expected "true" or "false"; fields are written as'),
    ],
)
def test_a_slip_in_the_file_is_named_with_its_line(text, sentence):
    assert refusal(text).startswith(f"Batching parameters file 'batching.txt', {sentence}")


def test_a_model_brings_its_own_and_shares_the_threads(tmp_path):
    shared = BatchingParameters(max_batch_size=7, num_batch_threads=3, thread_pool_name="shared")
    assert parameters_of_model(tmp_path, shared) is None
    (tmp_path / "batching_params.pbtxt").write_text("max_batch_size { value: 9 } num_batch_threads { value: 5 }")
    assert parameters_of_model(tmp_path, shared) == BatchingParameters(
        max_batch_size=9, num_batch_threads=3, thread_pool_name="shared"
    )


@given(st.lists(st.integers(1, 10_000), min_size=1, unique=True))
def test_ascending_sizes_up_to_the_largest_batch_are_taken(sizes):
    sizes = tuple(sorted(sizes))
    text = f"max_batch_size {{ value: {sizes[-1]} }} allowed_batch_sizes: {list(sizes)}"
    assert parse_batching_parameters(text).allowed_batch_sizes == sizes
