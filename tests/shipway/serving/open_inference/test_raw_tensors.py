"""Raw tensors survive the way there and back, and broken ones are told from whole ones."""

import numpy as np
import pytest

from shipway.data.model.signature import TensorSpec
from shipway.serving.open_inference.raw_tensors import BrokenBytes, WrongSize, read_raw, write_raw


@pytest.mark.parametrize(
    "dtype",
    ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "float32", "float64"],
)
def test_numbers_come_back_as_they_went(dtype):
    array = np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype)
    again = read_raw(write_raw(array), TensorSpec("x", dtype, (None, 3)), [2, 3])
    assert again.dtype == array.dtype
    np.testing.assert_array_equal(again, array)


def test_numbers_are_little_endian_in_rows():
    assert write_raw(np.array([[1, 2], [3, 4]], ">i2").T) == b"\1\0\3\0\2\0\4\0"


def test_strings_come_back_as_bytes():
    raw = write_raw(np.array([[b"a\0", "é"]], object))
    assert raw == b"\2\0\0\0a\0\2\0\0\0\xc3\xa9"
    assert read_raw(raw, TensorSpec("s", "string", (None, 2)), [1, 2]).tolist() == [[b"a\0", "é".encode()]]


def test_any_byte_but_zero_is_true():
    assert read_raw(b"\0\2", TensorSpec("b", "bool", (None,)), [2]).tolist() == [False, True]


def test_a_wrong_number_of_bytes_is_told():
    with pytest.raises(WrongSize, match=r"'x' has 7 bytes of data and its shape \[2\] takes 8"):
        read_raw(bytes(7), TensorSpec("x", "float32", (None,)), [2])


@pytest.mark.parametrize("raw", [b"", b"\1\0", b"\5\0\0\0abc", b"\1\0\0\0ab\0\0\0"])
def test_broken_strings_are_told(raw):
    with pytest.raises(BrokenBytes, match="not 1 elements for its shape"):
        read_raw(raw, TensorSpec("s", "string", (None,)), [1])
