"""Values of files as inputs of signatures."""

import math

import numpy as np
import pytest

from shipway.cli.prediction.rows import RowBatch
from shipway.cli.prediction.values import arrays, converted
from shipway.data.model.missing import MISSING_INT64
from shipway.data.model.signature import Signature, TensorSpec
from shipway.errors import InputError


def signature(dtype, *inner):
    return Signature("s", {"x": TensorSpec("x", dtype, (None, *inner))}, {})


def read(values, dtype, *inner):
    return converted(RowBatch(11, len(values), {"x": values, "other": values}), signature(dtype, *inner))["x"]


@pytest.mark.parametrize(
    ("dtype", "given", "value"),
    [
        ("float32", "1.5", 1.5),
        ("float32", " -2 ", -2.0),
        ("float64", 3, 3.0),
        ("float32", "inf", math.inf),
        ("int64", "12", 12),
        ("int64", "12.0", 12),
        ("int64", 12.0, 12),
        ("int64", None, MISSING_INT64),
        ("int32", "-3", -3),
        ("uint8", 255, 255),
        ("bool", "True", True),
        ("bool", "0", False),
        ("bool", False, False),
        ("string", "ü", "ü"),
        ("string", b"\xff", b"\xff"),
        ("string", None, ""),
    ],
)
def test_a_value_becomes_what_the_input_takes(dtype, given, value):
    (found,) = read([given], dtype)
    assert (found, type(found)) == (value, type(value))


def test_a_missing_number_is_nan():
    assert math.isnan(read([None], "float32")[0])


@pytest.mark.parametrize(
    ("dtype", "given"),
    [
        ("float32", "far"), ("float32", "1_000"), ("float32", True), ("float32", [1.0]),
        ("int64", "1.5"), ("int64", 1.5), ("int64", "nan"), ("int64", True), ("int64", str(2**63)), ("int64", "1_0"),
        ("int8", 128), ("uint8", -1), ("bool", "yes"), ("bool", 2), ("string", 7), ("string", "\ud800"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_by_row_and_column(dtype, given):
    with pytest.raises(InputError) as error:
        read([None if dtype in ("float32", "int64", "string") else 1, given], dtype)
    assert str(error.value) == (
        f"The value in row 12, column 'x' is {given!r}, and the model takes {dtype}[?]: correct it, or leave it empty "
        "where it is missing."
    )


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool"])
def test_a_missing_value_without_a_marker_is_refused(dtype):
    with pytest.raises(InputError) as error:
        read([1, None], dtype)
    assert str(error.value) == (
        f"The value in row 12, column 'x' is missing, and {dtype}[?] has no number that would say so: give a value."
    )


@pytest.mark.parametrize(
    ("inner", "given", "rows"),
    [
        ((None,), [[1, 2, 3], [4], None], [[1, 2, 3], [4, MISSING_INT64, MISSING_INT64], [MISSING_INT64] * 3]),
        ((2,), ["[1, 2]", "3"], [[1, 2], [3, MISSING_INT64]]),
        ((1,), ["7", 8], [[7], [8]]),
        ((2, 1), [[[1], [2]]], [[[1], [2]]]),
        ((None,), [None], [[MISSING_INT64]]),
    ],
)
def test_rows_of_several_values_are_padded_to_the_inputs_width(inner, given, rows):
    assert read(given, "int64", *inner) == rows


@pytest.mark.parametrize(
    ("inner", "given"), [((2,), [1, 2, 3]), ((2, 2), [[1, 2], [3]]), ((None,), "[1,"), ((1,), [[1]])]
)
def test_a_row_of_another_shape_is_refused(inner, given):
    with pytest.raises(InputError, match="The value in row 11, column 'x' is "):
        read([given], "int64", *inner)


def test_an_input_without_a_column_is_named_with_what_there_is():
    with pytest.raises(InputError) as error:
        converted(RowBatch(1, 1, {"y": [1], "z": [1]}), signature("int64"))
    assert str(error.value) == "The rows have no column 'x', which the signature 's' takes: they have 'y', 'z'."


def test_a_long_value_is_quoted_by_its_beginning():
    with pytest.raises(InputError) as error:
        read(["w" * 500], "float32")
    assert "'" + "w" * 59 + "..., and the model" in str(error.value)


def test_arrays_have_the_inputs_dtype_and_strings_are_bytes():
    texts = arrays({"x": [["a"], ["ü"]]}, signature("string", 1))["x"]
    assert (texts.dtype, texts.shape, texts.tolist()) == (np.dtype(object), (2, 1), [[b"a"], ["ü".encode()]])
    assert arrays({"x": [1.0, 2.0]}, signature("float32"))["x"].dtype == np.float32
