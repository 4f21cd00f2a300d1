"""JSON values become an input's column as TensorFlow Serving reads them, or one sentence says why not."""

import math

import numpy as np
import pytest

from shipway.data.model.signature import TensorSpec
from shipway.serving.rest.column_reader import (
    BadBase64,
    ColumnReader,
    NotInJson,
    Ragged,
    WrongCount,
    WrongType,
)
from shipway.serving.tensor_shapes import WrongShape, fits

VECTOR = (None,)


def reader(dtype, shape=VECTOR):
    return ColumnReader(TensorSpec("x", dtype, shape))


def test_one_scalar_a_row_stays_a_list():
    assert reader("float32").rows([1, 2.5, math.inf]) == [1, 2.5, math.inf]
    assert reader("int64").rows([-(2**63)]) == [-(2**63)]
    assert reader("string").rows(["a", "é"]) == ["a", "é"]
    assert reader("bool").rows([True, False]) == [True, False]
    assert reader("float32", None).rows([1.0]) == [1.0]


def test_bytes_and_text_may_be_mixed():
    got = reader("string").rows(["a", {"b64": "AP8="}])
    assert got.tolist() == ["a", b"\x00\xff"]
    assert reader("string").rows([{"b64": "YQ"}]).tolist() == [b"a"]


def test_strings_in_inner_lists_become_an_array_of_objects():
    got = reader("string", (None, 2)).rows([["a", "b"], [{"b64": "YQ=="}, ""]])
    assert got.shape == (2, 2)
    assert got.dtype == object
    assert got.tolist() == [["a", "b"], [b"a", ""]]


@pytest.mark.parametrize("text", ["__-_", "//+/", "YW\nJj\r\nZA==", ""])
def test_base64_is_read_in_both_alphabets_and_over_lines(text):
    expected = {"__-_": b"\xff\xff\xbf", "//+/": b"\xff\xff\xbf", "": b""}.get(text, b"abcd")
    assert reader("string").rows([{"b64": text}]).tolist() == [expected]


@pytest.mark.parametrize("text", ["YQ=Y", "Y", "é", "Y Q\n!"])
def test_base64_that_does_not_decode_is_told(text):
    with pytest.raises(BadBase64, match="Unable to base64 decode"):
        reader("string").rows([{"b64": text}])


@pytest.mark.parametrize(
    ("dtype", "value", "kind"),
    [
        ("float32", "1.0", "String"),
        ("float32", True, "True"),
        ("float32", None, "Null"),
        ("float32", {"b64": "YQ=="}, "Object"),
        ("int64", 1.0, "Number"),
        ("int64", False, "False"),
        ("int64", 2**63, "Number"),
        ("int32", 2**31, "Number"),
        ("int8", -129, "Number"),
        ("uint8", -1, "Number"),
        ("uint64", -1, "Number"),
        ("bool", 1, "Number"),
        ("bool", "true", "String"),
        ("string", 1, "Number"),
        ("string", {"b64": 1}, "Object"),
        ("string", {"b64": "YQ==", "more": 1}, "Object"),
        ("string", {}, "Object"),
    ],
)
def test_a_value_of_another_type_is_told(dtype, value, kind):
    sentence = f"Type: {kind} is not of expected type: {dtype}, in the input 'x'"
    for read in (lambda one: reader(dtype).rows([one]), lambda one: reader(dtype).tensor([one])):
        with pytest.raises(WrongType, match=sentence):
            read(value)
    with pytest.raises(WrongType, match=sentence):
        reader(dtype, (None, 1)).rows([[value]])
    with pytest.raises(WrongType, match=sentence):
        reader(dtype, (None, None)).reshaped([value], [1, 1])


def test_a_scalar_is_read_where_the_signature_takes_one():
    assert reader("float32", ()).tensor(5).shape == ()
    assert reader("string", ()).tensor({"b64": "YQ=="}).tolist() == b"a"
    assert reader("int64", None).tensor(5).shape == ()
    with pytest.raises(WrongShape, match=r"has the shape \[\] and the signature takes float32\[\?\]"):
        reader("float32").tensor(5)
    with pytest.raises(WrongShape, match=r"has the shape \[1\] and the signature takes float32\[\]"):
        reader("float32", ()).rows([5])


def test_empty_lists_are_tensors_without_elements():
    assert reader("float32").tensor([]).shape == (0,)
    assert reader("float32", (None, None)).rows([[], []]).shape == (2, 0)
    assert reader("string", None).rows([[], []]).shape == (2, 0)
    with pytest.raises(WrongShape):
        reader("float32", (None, 3)).rows([[]])


@pytest.mark.parametrize(
    "values",
    [[[1, 2], [3]], [[1], [[2]]], [[1], 2], [[], [1]], [[[1]], [1]], [[1, [2]], [3, 4]]],
)
def test_ragged_lists_are_told(values):
    with pytest.raises(Ragged, match="'x' is ragged"):
        reader("float32", None).rows(values)


def test_shapes_are_those_of_the_signature():
    with pytest.raises(WrongShape, match=r"has the shape \[1, 3\] and the signature takes int64\[\?, 2\]"):
        reader("int64", (None, 2)).rows([[1, 2, 3]])
    with pytest.raises(WrongShape, match=r"\[2\].*int64\[3\]"):
        reader("int64", (3,)).rows([1, 2])
    assert reader("int64", (3,)).rows([1, 2, 3]).tolist() == [1, 2, 3]


def test_lists_deeper_than_any_tensor_are_told():
    deep = 1
    for _ in range(900):
        deep = [deep]
    for shape in (None, VECTOR):
        with pytest.raises(WrongShape):
            reader("int64", shape).tensor(deep)


def test_inner_dimensions_of_one_may_be_left_out():
    assert reader("float32", (None, 1)).rows([1.0, 2.0, 5.0]) == [1.0, 2.0, 5.0]
    assert reader("float32", (None, 1)).rows([[1.0], [2.0]]).shape == (2, 1)
    spec = TensorSpec("x", "float32", (None, 2, 1, 1))
    assert fits((5, 2), spec)
    assert fits((5, 2, 1), spec)
    assert not fits((5,), spec)
    assert not fits((5, 1), spec)
    assert not fits((), TensorSpec("x", "float32", (1,)))


@pytest.mark.parametrize("dtype", ["complex64", "resource", "variant", "qint8"])
def test_types_that_json_cannot_write_are_told(dtype):
    with pytest.raises(NotInJson, match=f"to {dtype} is not possible"):
        reader(dtype).rows([1])
    with pytest.raises(NotInJson):
        reader(dtype).reshaped([1], [1])


def test_values_come_flat_or_nested_with_their_shape():
    matrix = reader("float32", (None, 2))
    np.testing.assert_array_equal(matrix.reshaped([1, 2, 3, 4], [2, 2]), np.float32([[1, 2], [3, 4]]))
    np.testing.assert_array_equal(matrix.reshaped([[1, 2], [3, 4]], [2, 2]), np.float32([[1, 2], [3, 4]]))
    assert matrix.reshaped([], [0, 2]).shape == (0, 2)
    with pytest.raises(WrongCount, match=r"'x' has 3 values and its shape \[2, 2\] takes 4"):
        matrix.reshaped([1, 2, 3], [2, 2])
    with pytest.raises(Ragged):
        matrix.reshaped([[1, 2], [3]], [2, 2])
    with pytest.raises(Ragged):
        matrix.reshaped([[1, 2, 3, 4]], [2, 2])
