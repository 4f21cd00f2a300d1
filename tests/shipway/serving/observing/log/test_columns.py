"""Arrays of every dtype become columns that hold the same values, without pandas."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.model.signature import TensorSpec
from shipway.serving.observing.log.columns import column_of, repeated_text, type_of


@pytest.mark.parametrize(
    ("array", "kind", "values"),
    [
        (np.array([1.5, np.inf], np.float16), pa.float32(), [1.5, np.inf]),
        (np.array([1, 255], np.uint8), pa.uint8(), [1, 255]),
        (np.array([True, False, True]), pa.bool_(), [True, False, True]),
        (np.array([1 + 2j], np.complex64), pa.list_(pa.float64()), [[1.0, 2.0]]),
        (np.array([b"a", b"bc"]), pa.string(), ["a", "bc"]),
        (np.array(["\u00e9", "x"]), pa.string(), ["\u00e9", "x"]),
        (np.array([b"\xc3", b"\xa9"], object), pa.binary(), [b"\xc3", b"\xa9"]),
        (np.array(["a", b"b", ""], object), pa.string(), ["a", "b", ""]),
        (np.array([["a"], ["b"]], object), pa.list_(pa.string()), [["a"], ["b"]]),
        (np.zeros((2, 0), np.int32), pa.list_(pa.int32()), [[], []]),
        (np.arange(8).reshape(2, 2, 2)[:, ::-1], pa.list_(pa.list_(pa.int64())), [[[2, 3], [0, 1]], [[6, 7], [4, 5]]]),
    ],
)
def test_a_column_holds_what_the_array_does(array, kind, values):
    for arrays in ([array], [array[:1], array[1:]] if len(array) > 1 else [array]):
        column = column_of(arrays)
        column.validate(full=True)
        assert _plain(column.type) == kind
        assert column.to_pylist() == values


def _plain(kind: pa.DataType) -> pa.DataType:
    """A type without the names of list items."""
    return pa.list_(_plain(kind.value_type)) if pa.types.is_list(kind) else kind


def test_arrays_whose_inner_dimensions_differ_make_lists_of_their_lengths():
    column = column_of([np.ones((2, 1, 2)), np.ones((1, 2, 1))])
    assert column.to_pylist() == [[[1, 1]], [[1, 1]], [[1], [1]]]


def test_bytes_stay_bytes_once_they_were():
    assert column_of([np.array([b"text"], object)], is_binary=True).to_pylist() == [b"text"]
    assert repeated_text("m", 3).to_pylist() == ["m", "m", "m"]


@pytest.mark.parametrize(
    ("dtype", "shape", "kind"),
    [
        ("string", (None,), pa.string()),
        ("float32", (None, 3), pa.list_(pa.float32())),
        ("int64", None, pa.int64()),
        ("bool", (None,), pa.bool_()),
    ],
)
def test_a_signature_tells_a_columns_type(dtype, shape, kind):
    assert type_of(TensorSpec("t", dtype, shape)) == kind


WRITE = """
import sys
from pathlib import Path
import numpy as np, pyarrow as pa
from shipway.serving.observing.log.columns import column_of, time_column
from shipway.serving.observing.log.log_file import LogFile

columns = [column_of([np.array(["a", b"b"], object)]), column_of([np.ones((2, 2))]), time_column(np.ones(2))]
table = pa.Table.from_arrays(columns, names=list("abc"))
file = LogFile(Path(sys.argv[1]), table.schema)
file.add(table)
file.close()
print("pandas" in sys.modules)
"""


def test_writing_a_log_imports_no_pandas(tmp_path):
    path = tmp_path / "x.parquet"
    done = subprocess.run([sys.executable, "-c", WRITE, path], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert path.is_file()
