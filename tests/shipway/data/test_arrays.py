"""Arrow to NumPy and back through the buffers: slices, nulls and bits included."""

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.arrays import from_mask, from_numpy, to_numpy, valid_mask


@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.float32(), pa.float64(), pa.uint8()])
def test_numbers_of_a_slice(kind: pa.DataType) -> None:
    array = pa.array(range(20), kind).slice(3, 9)
    values = to_numpy(array)
    assert values.tolist() == array.to_pylist()
    assert pa.from_numpy_dtype(values.dtype) == kind


@pytest.mark.parametrize("start", [0, 1, 7, 8, 13])
def test_bits_and_validity_of_a_slice(start: int) -> None:
    array = pa.array([True, None, False, True, True] * 5).slice(start, 11)
    known = [value for value in array.to_pylist() if value is not None]
    assert valid_mask(array).tolist() == [value is not None for value in array.to_pylist()]
    assert to_numpy(array)[valid_mask(array)].tolist() == known


def test_what_has_no_buffers() -> None:
    assert to_numpy(pa.array([], pa.int64())).tolist() == []
    assert valid_mask(pa.nulls(3)).tolist() == [False] * 3
    assert valid_mask(pa.array(["a", None])).tolist() == [True, False]


def test_from_numpy() -> None:
    assert from_numpy(np.arange(10)[::3]).to_pylist() == [0, 3, 6, 9]
    assert from_numpy(np.empty(0, np.float32)).type == pa.float32()
    assert from_mask(np.arange(11) % 3 == 0).to_pylist() == [place % 3 == 0 for place in range(11)]
