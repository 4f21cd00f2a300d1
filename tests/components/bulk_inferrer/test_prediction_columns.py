import numpy as np
import pyarrow as pa
import pytest

from shipway_components.bulk_inferrer.errors import ColumnTaken, NoOutput, OutputUnfit
from shipway_components.bulk_inferrer.prediction_columns import output_column, with_predictions

ROWS = pa.RecordBatch.from_pydict({"id": [1, 2]})


@pytest.mark.parametrize(
    ("values", "wanted", "kind"),
    [
        (np.array([0.5, 1.0]), [0.5, 1.0], pa.float32()),
        (np.array([[0.5], [1.0]], np.float32), [0.5, 1.0], pa.float32()),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]], pa.list_(pa.int64())),
        (np.array([True, False]), [1, 0], pa.int64()),
        (np.array([[b"a"], [b"b"]], dtype=object), [b"a", b"b"], pa.binary()),
    ],
)
def test_outputs_become_features(values, wanted, kind):
    column = output_column("o", values)
    assert column.to_pylist() == wanted
    assert column.type == kind


def test_more_than_two_dimensions_are_refused():
    with pytest.raises(OutputUnfit, match=r"'o' has shape \[2, 3, 4\].*prediction_log"):
        output_column("o", np.zeros((2, 3, 4)))


def test_predictions_stand_beside_their_rows_under_the_names_asked_for():
    outputs = {"a": np.array([0.5, 1.0]), "b": np.array([1, 2])}
    assert with_predictions(ROWS, outputs).to_pylist() == [{"id": 1, "a": 0.5, "b": 1}, {"id": 2, "a": 1.0, "b": 2}]
    assert with_predictions(ROWS, outputs, {"b": "rank"}).to_pylist() == [{"id": 1, "rank": 1}, {"id": 2, "rank": 2}]


def test_a_name_that_is_taken_and_an_output_that_is_not_there_are_named():
    with pytest.raises(ColumnTaken, match="'id' has the name of an input column"):
        with_predictions(ROWS, {"id": np.zeros(2)})
    with pytest.raises(NoOutput, match="no output 'x': it has a, b"):
        with_predictions(ROWS, {"b": np.zeros(2), "a": np.zeros(2)}, {"x": "y"})
