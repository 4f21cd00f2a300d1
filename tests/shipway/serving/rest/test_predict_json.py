"""Predict requests and responses in JSON, in TensorFlow Serving's forms."""

import math

import numpy as np
import orjson
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.call import Row
from shipway.serving.faults import InvalidRequest
from shipway.serving.rest.predict_json import BadForm, PredictReader, write_predictions


def reader(**inputs):
    specs = {name: TensorSpec(name, *spec) for name, spec in inputs.items()}
    return PredictReader(Signature("serving_default", specs, {}))


TWO = reader(a=("float32", (None,)), b=("string", (None,)))
ONE = reader(x=("float32", (None,)))
IMAGE = reader(image=("string", (None,)))


def test_rows_of_objects_become_columns():
    got = TWO.read({"instances": [{"a": 1, "b": "u"}, {"b": "v", "a": 2.5}]})
    assert (got.feed, got.rows, got.is_solo, got.by_row) == ({"a": [1, 2.5], "b": ["u", "v"]}, 2, False, True)


def test_one_row_becomes_columns_of_one():
    assert TWO.read({"instances": [{"a": 1.5, "b": "u"}]}).feed == {"a": [1.5], "b": ["u"]}


def test_plain_rows_are_those_of_the_only_input():
    assert ONE.read({"instances": [1, 2]}).feed == {"x": [1, 2]}
    assert ONE.read({"instances": [{"x": 1}]}).feed == {"x": [1]}
    assert IMAGE.read({"instances": [{"b64": "YQ=="}, {"b64": "Yg=="}]}).feed["image"].tolist() == [b"a", b"b"]
    assert IMAGE.read({"instances": [{"image": {"b64": "YQ=="}}]}).feed["image"].tolist() == [b"a"]


def test_columns_are_read_by_name_or_alone():
    got = TWO.read({"inputs": {"a": [1, 2], "b": ["u", {"b64": "YQ=="}], "ignored": 1}})
    assert (got.feed["a"], got.feed["b"].tolist()) == ([1, 2], ["u", b"a"])
    assert (got.rows, got.is_solo, got.by_row) == (2, False, False)
    assert ONE.read({"inputs": [1, 2]}).feed == {"x": [1, 2]}
    assert IMAGE.read({"inputs": [{"b64": "YQ=="}]}).feed["image"].tolist() == [b"a"]


@pytest.mark.parametrize("inputs", [{"a": [1, 2], "b": ["u"]}, {"a": [], "b": []}])
def test_columns_without_common_rows_run_alone(inputs):
    got = TWO.read({"inputs": inputs})
    assert (got.rows, got.is_solo) == (1, True)


def test_a_scalar_column_runs_alone():
    got = reader(a=("float32", ()), b=("float32", (None,))).read({"inputs": {"a": 2, "b": [1]}})
    assert got.is_solo
    assert got.feed["a"].shape == ()


@pytest.mark.parametrize(
    ("request_reader", "request_object", "sentence"),
    [
        (TWO, {}, "Missing 'inputs' or 'instances' key"),
        (TWO, {"instances": [1], "inputs": [1]}, "only one of the keys 'inputs' and 'instances'"),
        (TWO, {"instances": {"a": 1}}, "Expecting 'instances' to be a list"),
        (TWO, {"instances": None}, "Expecting 'instances' to be a list"),
        (TWO, {"instances": []}, "No values in the 'instances' list"),
        (TWO, {"instances": [1]}, "plain list, but the signature has 2 inputs.*keys a, b"),
        (TWO, {"instances": [{"b64": "YQ=="}]}, "plain list, but the signature has 2 inputs"),
        (TWO, {"instances": [{"a": 1}]}, "element: 0 of 'instances' list: it lacks b; keys must be equal to: a,b"),
        (TWO, {"instances": [{"a": 1, "b": "u", "c": 1}]}, "has the unknown c"),
        (TWO, {"instances": [{"a": 1, "b": "u"}, {"a": 1, "c": 1}]}, "element: 1 .* lacks b and has the unknown c"),
        (TWO, {"instances": [{"a": 1, "b": "u"}, 5]}, "Expecting an object but got 5 at item 1"),
        (ONE, {"instances": [1, {"x": 1}]}, "got an object at item 1 of 'instances'"),
        (ONE, {"instances": [[1], [1, 2]]}, "has the shape"),
        (ONE, {"instances": [None]}, "Type: Null is not of expected type: float32"),
        (TWO, {"inputs": [1, 2]}, "plain value, but the signature has 2 inputs"),
        (TWO, {"inputs": {"a": [1]}}, "Missing named input: b in the 'inputs' object"),
        (ONE, {"inputs": None}, "has the shape"),
        (IMAGE, {"instances": [{"b64": "?"}]}, "Unable to base64 decode"),
    ],
)
def test_requests_of_another_form_are_told(request_reader, request_object, sentence):
    with pytest.raises(InvalidRequest, match=sentence):
        request_reader.read(request_object)


def test_a_large_wrong_value_is_quoted_in_part():
    with pytest.raises(BadForm) as caught:
        TWO.read({"instances": {"a": [1.0] * 100_000}})
    assert len(str(caught.value)) < 400


def written(outputs, by_row=True):
    return orjson.loads(write_predictions(outputs, by_row=by_row))


def test_one_output_is_written_plainly_and_several_by_name():
    one, two = np.float32([[0.1, 2], [3, 4]]), np.array([b"u", b"v"], object)
    assert written({"y": one}) == {"predictions": [[0.1, 2.0], [3.0, 4.0]]}
    assert written({"y": one, "s": two}) == {"predictions": [{"s": "u", "y": [0.1, 2.0]}, {"s": "v", "y": [3.0, 4.0]}]}
    assert written({"y": one}, by_row=False) == {"outputs": [[0.1, 2.0], [3.0, 4.0]]}
    assert written({"y": one, "s": two}, by_row=False) == {"outputs": {"y": [[0.1, 2.0], [3.0, 4.0]], "s": ["u", "v"]}}


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "uint64", "float16", "float64"])
def test_every_kind_of_number_is_written_in_rows_and_in_columns(dtype):
    outputs = {"y": np.array([1, 0], dtype), "z": np.array([[1], [1]], dtype)[::-1]}
    assert written(outputs) == {"predictions": [{"y": 1, "z": [1]}, {"y": 0, "z": [1]}]}
    assert written(outputs, by_row=False) == {"outputs": {"y": [1, 0], "z": [[1], [1]]}}


def test_whole_floats_keep_their_point():
    assert write_predictions({"y": np.float32([2])}, by_row=True) == b'{"predictions":[2.0]}'


def test_strings_are_text_and_bytes_by_the_name_of_the_output():
    strings = np.array([[b"caf\xc3\xa9", b"\xff"]], object)
    assert written({"s": strings}) == {"predictions": [["café", "\ufffd"]]}
    assert written({"s_bytes": strings}) == {"predictions": [[{"b64": "Y2Fmw6k="}, {"b64": "/w=="}]]}


def test_numbers_that_are_not_finite_are_written_as_tensorflow_serving_writes_them():
    floats = np.float32([0.1, math.nan, math.inf, -math.inf])
    expected = "[0.1, NaN, Infinity, -Infinity]"
    assert write_predictions({"y": floats}, by_row=True).decode() == f'{{"predictions": {expected}}}'
    both = write_predictions({"y": floats[:2], "s": np.array([b"null", "é"], object)}, by_row=True).decode()
    assert both == '{"predictions": [{"s": "null", "y": 0.1}, {"s": "é", "y": NaN}]}'
    assert write_predictions({"y": np.float32(math.nan)}, by_row=False) == b'{"outputs": NaN}'


def test_outputs_without_rows_are_written_by_columns_only():
    outputs = {"y": np.array(0.5, "float32"), "s": np.array(b"u", object)}
    assert written(outputs, by_row=False) == {"outputs": {"y": 0.5, "s": "u"}}
    with pytest.raises(InvalidRequest, match="has no shape information"):
        written(outputs)
    with pytest.raises(InvalidRequest, match=r"inconsistent batch sizes, \[1, 2\]"):
        written({"y": np.zeros(1), "z": np.zeros(2)})


def test_outputs_that_json_cannot_write_are_told():
    for by_row in (True, False):
        with pytest.raises(InvalidRequest, match="Failed to write JSON value for tensor type: complex64"):
            written({"y": np.zeros(1, "complex64")}, by_row)
        with pytest.raises(InvalidRequest):
            written({}, by_row)


def test_rows_of_types_that_were_seen_are_taken_as_they_are_and_still_looked_at():
    reader = PredictReader(
        Signature(
            "s",
            {"i": TensorSpec("i", "int64", (None,)), "s": TensorSpec("s", "string", (None,)),
             "x": TensorSpec("x", "float32", (None,))},
            {},
        )
    )  # fmt: skip

    def read(**row):
        return reader.read({"instances": [row]}).feed

    good = {"i": 1, "s": "a", "x": 1.5}
    assert [dict(read(**good)) for _ in range(2)] == [{"i": [1], "s": ["a"], "x": [1.5]}] * 2
    assert type(read(**good)) is Row
    assert dict(read(**{**good, "x": 2})) == {"i": [1], "s": ["a"], "x": [2]}
    assert dict(read(x=1.5, s="b", i=2**63 - 1)) == {"i": [2**63 - 1], "s": ["b"], "x": [1.5]}
    for bad in ({"i": 2**63}, {"i": -(2**63) - 1}, {"i": True}, {"i": 1.0}, {"s": 1}, {"x": "1.5"}, {"x": None}):
        with pytest.raises(InvalidRequest, match="is not of expected type"):
            read(**{**good, **bad})
    assert read(**{**good, "s": {"b64": "YQ=="}})["s"].tolist() == [b"a"]
