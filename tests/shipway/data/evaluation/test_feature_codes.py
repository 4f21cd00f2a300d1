import numpy as np
import pyarrow as pa

from shipway.data.evaluation.feature_codes import FeatureEncoder


def encoded(*columns):
    encoder = FeatureEncoder()
    for column in columns:
        encoder.add(column)
    return encoder.finish()


def values_by_row(feature):
    rows = range(feature.row_count) if feature.rows is None else feature.rows
    found = [[] for _ in range(feature.row_count)]
    for row, code in zip(rows, feature.codes, strict=True):
        if code >= 0:
            found[row].append(feature.values[code])
    return found


def test_codes_run_on_from_batch_to_batch():
    feature = encoded(pa.array(["a", "b", None]), pa.array(["c", "a"]))
    assert values_by_row(feature) == [["a"], ["b"], [], ["c"], ["a"]]
    assert feature.values == ["a", "b", "c"]


def test_bytes_and_nan_and_a_batch_without_any_value():
    assert values_by_row(encoded(pa.array([b"\xc3\xa9", None], pa.binary()))) == [["é"], []]
    assert values_by_row(encoded(pa.array([0.5, float("nan")]), pa.nulls(2))) == [[0.5], [], [], []]


def test_lists_count_each_value_of_a_row_once_even_after_batches_without_lists():
    feature = encoded(pa.array([7, None]), pa.array([[1, 2], [2, 2], None, []]))
    assert values_by_row(feature) == [[7], [], [1, 2], [2], [], []]
    first, count = feature.spans()
    assert count.tolist() == [1, 0, 2, 1, 0, 0]
    assert first.tolist() == [0, 1, 1, 3, 4, 4]


def test_rows_with_a_value_match_numbers_by_their_text_too():
    assert encoded(pa.array(["3", "4", "3"])).rows_with(3).tolist() == [0, 2]
    assert encoded(pa.array([[3, 4], [4], [3]])).rows_with(3).tolist() == [0, 2]
    assert encoded(pa.array([1.5, 2.0])).rows_with(2).tolist() == [1]
    assert np.array_equal(encoded(pa.array(["x"])).rows_with("y"), [])
