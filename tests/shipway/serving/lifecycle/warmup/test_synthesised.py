"""Requests made of signatures, and what is learned from running them."""

import numpy as np
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.lifecycle.settings import LifecycleSettings
from shipway.serving.lifecycle.warmup.request import WarmupRequest
from shipway.serving.lifecycle.warmup.running import Timing, warm_up
from shipway.serving.lifecycle.warmup.synthesised import synthesised_requests


def signature(**inputs) -> Signature:
    specs = {name: TensorSpec(name, dtype, shape) for name, (dtype, shape) in inputs.items()}
    return Signature("serving_default", specs, {})


def no_example() -> bytes:
    raise AssertionError("nobody takes examples")


def test_inputs_are_zeros_and_empty_strings_of_one_row():
    takes = signature(
        n=("float32", (None,)), ids=("int64", (None, None, 2)), word=("string", (None, 1)), any=("bool", None)
    )
    (request,) = synthesised_requests({"serving_default": takes}, no_example)
    found = {name: (array.dtype.name, array.tolist()) for name, array in request.feed.items()}
    assert found == {
        "n": ("float32", [0.0]),
        "ids": ("int64", [[[0, 0]]]),
        "word": ("object", [[b""]]),
        "any": ("bool", [False]),
    }
    assert request.rows == 1


def test_signatures_of_examples_get_an_example():
    takes = signature(examples=("string", (None,)))
    (request,) = synthesised_requests({"serving_default": takes}, lambda: b"features\0")
    assert request.feed["examples"].tolist() == [b"features\0"]


def test_a_dtype_that_numpy_lacks_is_left_out():
    takes = signature(x=("bfloat17", (None,)))
    assert synthesised_requests({"serving_default": takes}, no_example) == []


@pytest.mark.parametrize(("shapes", "rows"), [([(3,), (3, 2)], 3), ([(3,), (2,)], 0), ([()], 0), ([(3,), ()], 0)])
def test_rows_are_what_all_inputs_have_in_common(shapes, rows):
    feed = {str(number): np.zeros(shape) for number, shape in enumerate(shapes)}
    assert WarmupRequest(signature(), feed).rows == rows


def test_rows_are_repeated_to_make_a_batch():
    request = WarmupRequest(signature(), {"a": np.array([[1, 2], [3, 4]]), "b": np.array([b"x", b"y"], object)})
    batch = request.repeated(3)
    assert {name: array.tolist() for name, array in batch.feed.items()} == {
        "a": [[1, 2], [3, 4], [1, 2]],
        "b": [b"x", b"y", b"x"],
    }


def test_a_model_is_run_on_all_its_signatures_and_sizes(arithmetic_model, tmp_path):
    model = arithmetic_model(0.002)
    timings = warm_up(model, tmp_path, LifecycleSettings(warmup_batch_sizes=(1, 4)))
    assert [(timing.signature.name, timing.rows) for timing in timings] == [
        (name, rows) for name in ("serving_default", "sums", "total", "mean") for rows in (1, 4)
    ]
    assert all(0.002 <= timing.seconds < 0.1 for timing in timings)
    assert model.sizes == ([1] * 4 + [4] * 4) * 4


def test_a_long_run_is_not_repeated(arithmetic_model, tmp_path):
    model = arithmetic_model(0.101)
    model.signatures = {"serving_default": model.signatures["serving_default"]}
    (timing,) = warm_up(model, tmp_path, LifecycleSettings(warmup_batch_sizes=(1,)))
    assert isinstance(timing, Timing)
    assert model.sizes == [1, 1]


def test_made_up_requests_may_fail(arithmetic_model, tmp_path):
    model = arithmetic_model()
    model.call = lambda signature, feed: 1 / 0
    assert warm_up(model, tmp_path, LifecycleSettings()) == []
