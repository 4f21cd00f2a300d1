"""Rows as tf.Examples: the types are those that ExampleGen would find."""

import io
from types import SimpleNamespace

import pytest

from shipway.cli.prediction.examples import NoFeature, NoTypes, encoded, typed_batches
from shipway.cli.prediction.rows import STDIN, RowBatch, open_rows
from shipway.data.example_coder import decode_examples
from shipway.data.model.signature import Signature, TensorSpec

SIGNATURE = Signature("serving_default", {"examples": TensorSpec("examples", "string", (None,))}, {})
CSV = "whole,part,word\n1,1,a\n2,,b\n3,2.5,c\n"


def decoded(batches):
    """The features of all rows, as serialized tf.Examples hold them."""
    examples = [one for batch in batches for one in encoded("rows", batch, SIGNATURE)["examples"]]
    return decode_examples(examples).to_pydict()


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(CSV)
    with open_rows(str(path)) as rows:
        yield rows


@pytest.mark.parametrize("size", [1, 2, 9])
def test_a_columns_type_is_that_of_the_whole_file(rows, size):
    """`part` is written like a whole number in the first row, and is none."""
    assert decoded(typed_batches(rows, SIGNATURE, size, None)) == {
        "part": [[1.0], None, [2.5]],
        "whole": [[1], [2], [3]],
        "word": [[b"a"], [b"b"], [b"c"]],
    }


def test_a_limit(rows):
    batches = list(typed_batches(rows, SIGNATURE, 2, 1))
    assert [(one.first, one.count) for one in batches] == [(1, 1)]


def test_json_says_its_types_itself(monkeypatch):
    stdin = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(b'{"n": 1, "f": 1.0, "l": [1, 2], "t": "x"}')))
    monkeypatch.setattr("sys.stdin", stdin)
    with open_rows(STDIN) as rows:
        assert decoded(typed_batches(rows, SIGNATURE, 10, None)) == {
            "f": [[1.0]],
            "l": [[1, 2]],
            "n": [[1]],
            "t": [[b"x"]],
        }


def test_csv_through_a_pipe_has_no_types(monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(CSV.encode()))))
    with open_rows(STDIN) as rows, pytest.raises(NoTypes) as error:
        list(typed_batches(rows, SIGNATURE, 10, None))
    assert str(error.value) == (
        "The signature 'serving_default' takes tf.Examples, whose types are found by reading a CSV file twice: give "
        "its path instead of '-', or rows as JSON."
    )


def test_a_column_of_two_types_is_no_feature():
    with pytest.raises(NoFeature) as error:
        encoded("rows", RowBatch(1, 2, {"x": [1, "a"]}), SIGNATURE)
    assert str(error.value).startswith("The rows of 'rows' cannot be made tf.Examples (")
    assert str(error.value).endswith("): give each column one type.")
