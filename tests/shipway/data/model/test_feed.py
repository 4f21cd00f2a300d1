import math

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.model.feed import FeatureAbsent, FeatureUnfit, feed_array
from shipway.data.model.missing import MISSING_INT64, missing_marker
from shipway.data.model.signature import Signature, TensorSpec


def batch(**columns):
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def test_scalars_keep_their_values_and_missing_ones_become_markers():
    rows = batch(
        number=pa.array([1.5, None, float("inf")], pa.float32()),
        count=pa.array([7, None, 0], pa.int64()),
        word=pa.array(["a", None, "ü"]),
    )
    number = feed_array(rows, TensorSpec("number", "float32", (None,)))
    assert number.dtype == np.float32
    assert number[0] == 1.5
    assert math.isnan(number[1])
    assert feed_array(rows, TensorSpec("count", "int64", (None,))).tolist() == [7, MISSING_INT64, 0]
    assert feed_array(rows, TensorSpec("word", "string", (None,))).tolist() == [b"a", b"", "ü".encode()]


def test_lists_are_padded_to_the_longest_row():
    rows = batch(tags=pa.array([["a", "b"], None, ["c"], []]))
    wide = feed_array(rows, TensorSpec("tags", "string", (None, None)))
    assert wide.tolist() == [[b"a", b"b"], [b"", b""], [b"c", b""], [b"", b""]]


def test_a_batch_where_no_row_has_a_value_still_has_room_for_one():
    rows = batch(tags=pa.array([None, None], pa.list_(pa.int64())), gone=pa.nulls(2))
    assert feed_array(rows, TensorSpec("tags", "int64", (None, None))).tolist() == [[MISSING_INT64], [MISSING_INT64]]
    assert np.isnan(feed_array(rows, TensorSpec("gone", "float32", (None,)))).all()


def test_fixed_shapes_and_slices():
    rows = batch(pair=pa.array([[1, 2], [3, 4], [5, 6]]), one=pa.array([[1], [2], [3]])).slice(1)
    assert feed_array(rows, TensorSpec("pair", "float32", (None, 2))).tolist() == [[3.0, 4.0], [5.0, 6.0]]
    assert feed_array(rows, TensorSpec("one", "int64", (None,))).tolist() == [2, 3]
    assert feed_array(rows, TensorSpec("one", "int64", None)).tolist() == [2, 3]


def test_an_absent_column_is_named_with_what_there_is():
    with pytest.raises(FeatureAbsent, match=r"needs the feature 'fare'.*they have tips"):
        feed_array(batch(tips=pa.array([1])), TensorSpec("fare", "float32", (None,)))


@pytest.mark.parametrize(
    ("column", "spec", "given"),
    [
        (pa.array(["x"]), TensorSpec("f", "float32", (None,)), "string"),
        (pa.array([1]), TensorSpec("f", "string", (None,)), "int64"),
        (pa.array([[1, 2]]), TensorSpec("f", "int64", (None,)), "up to 2 values a row"),
    ],
)
def test_what_does_not_convert_is_named_with_what_the_model_takes(column, spec, given):
    with pytest.raises(FeatureUnfit, match=f"'f' is {given} .* but the model takes {spec.dtype}"):
        feed_array(batch(f=column), spec)


def test_examples_are_told_from_features_by_the_inputs_name():
    output = {"o": TensorSpec("o", "float32", (None,))}
    serialized = Signature("a", {"examples": TensorSpec("examples", "string", (None,))}, output)
    feature = Signature("b", {"word": TensorSpec("word", "string", (None,))}, output)
    assert serialized.takes_examples
    assert not feature.takes_examples


def test_every_dtype_has_a_marker():
    assert missing_marker("string") == b""
    assert math.isnan(missing_marker("float32"))
    assert missing_marker("int64") == np.iinfo(np.int64).min
