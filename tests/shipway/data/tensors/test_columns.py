import pyarrow as pa
import pytest

from shipway.data.tensors.columns import column_values
from shipway.data.tensors.errors import ColumnUnfit


def values(column, dtype):
    flat, lengths = column_values(pa.table({"f": column}), "f", dtype)
    return flat.tolist(), lengths.tolist()


def test_missing_values_have_length_zero_and_no_place_in_the_values():
    assert values(pa.array([1, None, 3]), "int64") == ([1, 3], [1, 0, 1])
    assert values(pa.array([["a", "b"], None, [], ["c"]]), "string") == ([b"a", b"b", b"c"], [2, 0, 0, 1])
    assert values(pa.nulls(2), "float32") == ([], [0, 0])


def test_chunks_dictionaries_and_whole_numbers_are_taken():
    assert values(pa.chunked_array([[1], [2, None]]), "float32") == ([1.0, 2.0], [1, 1, 0])
    assert values(pa.array(["x", "y", "x"]).dictionary_encode(), "string") == ([b"x", b"y", b"x"], [1, 1, 1])


def test_a_column_that_is_not_there_has_no_values():
    flat, lengths = column_values(pa.table({"g": [1, 2]}), "f", "int64")
    assert (flat.tolist(), lengths.tolist()) == ([], [0, 0])


@pytest.mark.parametrize(("column", "dtype"), [(["x"], "int64"), ([1], "string"), ([1.5], "int64")])
def test_another_type_than_the_schemas_is_named(column, dtype):
    with pytest.raises(ColumnUnfit, match=f"The feature 'f' is .* in the examples but {dtype} in the schema"):
        values(pa.array(column), dtype)
