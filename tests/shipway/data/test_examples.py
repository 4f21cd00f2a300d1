import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shipway.artifacts import FORMAT_PARQUET, FORMAT_TF_EXAMPLE, Examples
from shipway.data.errors import ColumnTypeChanged, MissingSplit, NotExamples, UnknownColumn, UnknownSplit
from shipway.data.examples import ExamplesWriter, read_split, read_table, split_columns, split_rows
from shipway.data.tfrecord import RecordWriter

FORMATS = [FORMAT_PARQUET, FORMAT_TF_EXAMPLE]
ROWS = {
    "id": [1, None, 3],
    "price": [1.5, 2.5, None],
    "name": ["a", "é", None],
    "raw": [b"\xff", None, b"ok"],
    "tags": [["x", "y"], None, []],
    "nothing": [None, None, None],
}
TYPES = pa.schema(
    [
        ("id", pa.int64()),
        ("price", pa.float32()),
        ("name", pa.string()),
        ("raw", pa.binary()),
        ("tags", pa.list_(pa.string())),
        ("nothing", pa.null()),
    ]
)
# A tf.Example does not tell an empty list from a missing one.
READ_BACK = {**ROWS, "tags": [["x", "y"], None, None]}


def examples_at(path, payload_format):
    examples = Examples(uri=str(path))
    examples.payload_format = payload_format
    return examples


def write(examples, split, *batches, **options):
    with ExamplesWriter(examples, split, **options) as writer:
        for batch in batches:
            writer.write(batch)


def batch_of(**columns):
    return pa.RecordBatch.from_pydict(columns)


def without_empty_lists(rows):
    return {name: [None if value == [] else value for value in values] for name, values in rows.items()}


@pytest.fixture(params=FORMATS)
def examples(request, tmp_path):
    return examples_at(tmp_path / "examples", request.param)


def test_a_split_comes_back_as_it_was_written(examples):
    write(examples, "train", pa.RecordBatch.from_pydict(ROWS, schema=TYPES))
    table = read_table(examples, "train")
    assert table.schema == TYPES
    assert without_empty_lists(table.to_pydict()) == READ_BACK
    assert split_rows(examples, "train") == 3
    assert split_columns(examples, "train") == TYPES


def test_files_are_named_as_tfx_names_them(examples):
    write(examples, "train", batch_of(a=[1, 2, 3]))
    wanted = {
        FORMAT_PARQUET: "data-00000-of-00001.parquet",
        FORMAT_TF_EXAMPLE: "data_tfrecord-00000-of-00001.gz",
    }
    assert [path.name for path in examples.split_path("train").iterdir()] == [wanted[examples.payload_format]]


def test_columns_are_chosen_in_the_order_asked_for(examples):
    write(examples, "train", pa.RecordBatch.from_pydict(ROWS, schema=TYPES))
    batches = list(read_split(examples, "train", ["tags", "id"], batch_size=2))
    assert [batch.schema.names for batch in batches] == [["tags", "id"]] * 2
    assert [batch.num_rows for batch in batches] == [2, 1]
    assert read_table(examples, "train", ["price"]).to_pydict() == {"price": ROWS["price"]}


def test_large_data_is_divided_into_files_and_row_groups(examples, monkeypatch):
    monkeypatch.setattr("shipway.data.examples_writer.ROWS_PER_GROUP", 10)
    batches = [batch_of(a=list(range(start, start + 5))) for start in range(0, 100, 5)]
    write(examples, "train", *batches, rows_per_file=40)
    assert len(list(examples.split_path("train").iterdir())) == 3
    assert read_table(examples, "train")["a"].to_pylist() == list(range(100))
    assert split_rows(examples, "train") == 100


def test_a_column_takes_the_type_that_any_batch_needs(examples, monkeypatch):
    monkeypatch.setattr("shipway.data.examples_writer.ROWS_PER_GROUP", 1)
    write(
        examples,
        "train",
        batch_of(a=[None], b=[[1]], c=[b"text"]),
        batch_of(a=[2], b=[[1, 2]], c=[b"\xff"], d=["late"]),
    )
    table = read_table(examples, "train")
    assert table.schema.types == [pa.int64(), pa.list_(pa.int64()), pa.binary(), pa.string()]
    assert table.to_pydict() == {"a": [None, 2], "b": [[1], [1, 2]], "c": [b"text", b"\xff"], "d": [None, "late"]}


def test_all_splits_have_the_same_columns(examples):
    write(examples, "train", batch_of(a=[[1]], b=pa.nulls(1)))
    write(examples, "eval", batch_of(a=[[1, 2]], b=["x"]))
    write(examples, "test")
    schemas = [split_columns(examples, split) for split in ("train", "eval", "test")]
    assert schemas == [pa.schema([("a", pa.list_(pa.int64())), ("b", pa.string())])] * 3
    assert read_table(examples, "train").to_pydict() == {"a": [[1]], "b": [None]}
    assert read_table(examples, "test").num_rows == 0


def test_integers_beside_floats_become_floats(tmp_path, monkeypatch):
    monkeypatch.setattr("shipway.data.examples_writer.ROWS_PER_GROUP", 1)
    examples = examples_at(tmp_path / "e", FORMAT_PARQUET)
    write(examples, "train", batch_of(a=[1]), batch_of(a=[2.5]))
    assert read_table(examples, "train")["a"].to_pylist() == [1.0, 2.5]


def test_numbers_beside_text_are_refused_and_nothing_is_left(examples):
    with pytest.raises(ColumnTypeChanged, match="The column 'a' changes its type from int64 to string"):
        write(examples, "train", batch_of(a=[1]), batch_of(a=["x"]))
    assert list(examples.split_path("train").iterdir()) == []


def test_an_exception_in_the_block_leaves_nothing(examples):
    def interrupted():
        with ExamplesWriter(examples, "train") as writer:
            writer.write(batch_of(a=list(range(1000))))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(examples.split_path("train").iterdir()) == []


def test_what_is_being_written_is_no_data_yet(examples, monkeypatch):
    monkeypatch.setattr("shipway.data.examples_writer.ROWS_PER_GROUP", 1)
    with ExamplesWriter(examples, "train") as writer:
        writer.write(batch_of(a=[1]))
        with pytest.raises(UnknownSplit):
            read_split(examples, "train")


def test_an_unknown_split_is_named_beside_those_there_are(examples):
    write(examples, "train", batch_of(a=[1]))
    examples.split_names = ["train", "eval"]
    with pytest.raises(UnknownSplit, match=r"There is no split 'test' .* the splits are 'train', 'eval'"):
        read_split(examples, "test")
    with pytest.raises(MissingSplit, match="The split 'eval' has no data files"):
        split_rows(examples, "eval")


def test_an_unknown_column_is_named_beside_those_there_are(examples):
    write(examples, "train", batch_of(a=[1], b=[2]))
    with pytest.raises(UnknownColumn, match=r"There is no column 'c' .* the columns are 'a', 'b'"):
        read_split(examples, "train", ["c"])


def test_records_of_other_writers_are_looked_through_for_their_columns(tmp_path):
    examples = examples_at(tmp_path / "examples", FORMAT_TF_EXAMPLE)
    write(examples, "train", pa.RecordBatch.from_pydict(ROWS, schema=TYPES))
    (examples.path / "columns.json").unlink()
    table = read_table(examples, "train")
    assert without_empty_lists(table.select(TYPES.names).to_pydict()) == READ_BACK
    assert split_rows(examples, "train") == 3


def test_records_that_are_no_examples_are_refused(tmp_path):
    examples = examples_at(tmp_path / "examples", FORMAT_TF_EXAMPLE)
    examples.split_path("train").mkdir(parents=True)
    writer = RecordWriter(examples.split_path("train") / "data_tfrecord-00000-of-00001.gz")
    writer.write([b"not an example"])
    writer.close()
    with pytest.raises(NotExamples, match=r"cannot be read as tf.Examples"):
        read_table(examples, "train")


def test_a_recorded_column_that_the_records_contradict_is_refused(tmp_path):
    examples = examples_at(tmp_path / "examples", FORMAT_TF_EXAMPLE)
    write(examples, "train", batch_of(a=[1]))
    (examples.path / "columns.json").write_text(json.dumps({"columns": [["a", "string", False]], "rows": {}}))
    with pytest.raises(NotExamples, match="Split-train"):
        read_table(examples, "train")


def test_parquet_of_other_writers_is_read_as_features(tmp_path):
    examples = examples_at(tmp_path / "examples", FORMAT_PARQUET)
    examples.split_path("train").mkdir(parents=True)
    table = pa.table(
        {"a": pa.array([1, 2], pa.int8()), "b": pa.array([1.5, None]), "c": pa.array(["x", "y"], pa.large_string())}
    )
    pq.write_table(table, examples.split_path("train") / "part-0.parquet")
    assert read_table(examples, "train").schema.types == [pa.int64(), pa.float32(), pa.string()]
    assert next(read_split(examples, "train", ["b"])).to_pydict() == {"b": [1.5, None]}


VALUES = {
    "i": st.integers(-(2**63), 2**63 - 1),
    "f": st.floats(width=32, allow_nan=False),
    "s": st.text(st.characters(blacklist_categories=["Cs"]), max_size=8),
    "b": st.binary(max_size=8),
    "l": st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=3),
}
KINDS = {"i": pa.int64(), "f": pa.float32(), "s": pa.string(), "b": pa.binary(), "l": pa.list_(pa.int64())}


@pytest.mark.parametrize("payload_format", FORMATS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.fixed_dictionaries({n: st.none() | v for n, v in VALUES.items()}), min_size=1, max_size=12))
def test_any_values_come_back(tmp_path, payload_format, rows):
    shutil.rmtree(tmp_path / "examples", ignore_errors=True)
    examples = examples_at(tmp_path / "examples", payload_format)
    columns = {name: [row[name] for row in rows] for name in VALUES}
    whole = pa.RecordBatch.from_pydict(columns, schema=pa.schema(list(KINDS.items())))
    half = len(rows) // 2
    write(examples, "train", whole.slice(0, half), whole.slice(half))
    back = read_table(examples, "train").to_pydict()
    assert {name: [as_given(v) for v in values] for name, values in back.items()} == {
        name: [as_given(v) for v in values] for name, values in columns.items()
    }


def as_given(value):
    """Bytes that are text come back as text, a list of one as its value."""
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, str):
        return value.encode()
    return np.float32(value) if isinstance(value, float) else value
