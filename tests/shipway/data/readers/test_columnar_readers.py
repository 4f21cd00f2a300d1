"""Parquet, Avro and TFRecord: formats that say themselves what their columns are."""

import datetime
from decimal import Decimal

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shipway.data.configs import CsvOptions
from shipway.data.errors import MissingInsideList, NotExamples, UnsupportedColumn
from shipway.data.example_coder import encode_examples
from shipway.data.readers import open_reader
from shipway.data.readers.errors import UnreadableFile
from shipway.data.tfrecord import frame_records


def read(input_format, path):
    reader = open_reader(input_format, [path], CsvOptions())
    return pa.Table.from_batches(list(reader.batches(path)))


def test_parquet_columns_become_features(tmp_path):
    table = pa.table(
        {
            "flag": pa.array([True, None]),
            "small": pa.array([1, 2], pa.uint8()),
            "price": pa.array([Decimal("1.25"), None]),
            "code": pa.array(["x", "y"]).dictionary_encode(),
            "when": pa.array([datetime.datetime(2024, 1, 31, 12), None]),
            "vector": pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float64(), 2)),
        }
    )
    pq.write_table(table, tmp_path / "data.parquet")
    result = read("parquet", tmp_path / "data.parquet")
    assert result.schema.types == [
        pa.int64(),
        pa.int64(),
        pa.float32(),
        pa.string(),
        pa.string(),
        pa.list_(pa.float32()),
    ]
    assert result.to_pydict() == {
        "flag": [1, None],
        "small": [1, 2],
        "price": [1.25, None],
        "code": ["x", "y"],
        "when": ["2024-01-31 12:00:00.000000", None],
        "vector": [[1.0, 2.0], [3.0, 4.0]],
    }


def test_nested_parquet_columns_are_refused(tmp_path):
    pq.write_table(pa.table({"s": pa.array([{"a": 1}])}), tmp_path / "data.parquet")
    with pytest.raises(UnsupportedColumn, match=r"The column 's' of '.*data.parquet' has the type struct<a: int64>"):
        read("parquet", tmp_path / "data.parquet")


SCHEMA = {
    "type": "record",
    "name": "trip",
    "fields": [
        {"name": "n", "type": ["null", "long"]},
        {"name": "x", "type": "double"},
        {"name": "s", "type": "string"},
        {"name": "flag", "type": "boolean"},
        {"name": "raw", "type": "bytes"},
        {"name": "colour", "type": {"type": "enum", "name": "colour", "symbols": ["RED", "BLUE"]}},
        {"name": "other", "type": ["null", "colour"]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {
            "name": "price",
            "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2},
        },
    ],
}
TRIP = {
    "n": None,
    "x": 0.5,
    "s": "é",
    "flag": True,
    "raw": b"\xff",
    "colour": "RED",
    "other": "BLUE",
    "tags": ["a", "b"],
    "day": datetime.date(2024, 1, 31),
    "price": Decimal("12.50"),
}


def write_avro(path, schema, records):
    with path.open("wb") as file:
        fastavro.writer(file, schema, records, codec="deflate")
    return path


def test_avro_fields_become_features(tmp_path):
    path = write_avro(tmp_path / "data.avro", SCHEMA, [TRIP, {**TRIP, "n": 7, "other": None, "tags": []}])
    result = read("avro", path).to_pydict()
    assert result == {
        "n": [None, 7],
        "x": [0.5, 0.5],
        "s": ["é", "é"],
        "flag": [1, 1],
        "raw": [b"\xff", b"\xff"],
        "colour": ["RED", "RED"],
        "other": ["BLUE", None],
        "tags": [["a", "b"], []],
        "day": ["2024-01-31", "2024-01-31"],
        "price": [12.5, 12.5],
    }


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (["null", "long", "string"], "union of"),
        ({"type": "map", "values": "long"}, "map"),
        ({"type": "record", "name": "inner", "fields": []}, "record"),
        ({"type": "array", "items": {"type": "array", "items": "long"}}, "list<item: list"),
    ],
)
def test_avro_fields_that_no_feature_holds_are_refused(tmp_path, kind, shown):
    schema = {"type": "record", "name": "r", "fields": [{"name": "f", "type": kind}]}
    records = [{"f": [[1]] if "array" in str(kind) else 1 if isinstance(kind, list) else {}}]
    with pytest.raises(UnsupportedColumn, match=f"The column 'f' of '.*data.avro' has the type {shown}"):
        read("avro", write_avro(tmp_path / "data.avro", schema, records))


def test_tfrecords_of_examples_are_read(tmp_path):
    batch = pa.RecordBatch.from_pydict({"a": [1, 2], "s": ["x", None]})
    path = tmp_path / "data"
    path.write_bytes(frame_records(encode_examples(batch)))
    assert read("tfrecord", path).to_pydict() == {"a": [[1], [2]], "s": [[b"x"], None]}


def test_tfrecords_of_something_else_are_refused(tmp_path):
    (tmp_path / "data").write_bytes(frame_records([b"hello"]))
    with pytest.raises(NotExamples, match=r"The records of '.*data' cannot be read as tf\.Examples"):
        read("tfrecord", tmp_path / "data")


@pytest.mark.parametrize(("input_format", "shown"), [("parquet", "Parquet"), ("avro", "Avro")])
@pytest.mark.parametrize("content", [b"", b"hello, this is a text file", b"PAR1 cut", b"Obj\x01 cut"])
def test_a_file_of_another_kind_is_named(tmp_path, input_format, shown, content):
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(UnreadableFile, match=f"The file '.*data' cannot be read as {shown} "):
        read(input_format, tmp_path / "data")


@pytest.mark.parametrize(("input_format", "name"), [("parquet", "data.parquet"), ("avro", "data.avro")])
def test_a_file_that_was_cut_is_named(tmp_path, input_format, name):
    if input_format == "parquet":
        pq.write_table(pa.table({"a": list(range(1000))}), tmp_path / name)
    else:
        write_avro(tmp_path / name, SCHEMA, [TRIP] * 1000)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(UnreadableFile, match="check that it is whole"):
        read(input_format, tmp_path / name)


def test_a_missing_value_inside_a_parquet_list_is_found_when_it_is_written(tmp_path):
    from shipway.artifacts import Examples
    from shipway.data.examples import ExamplesWriter

    pq.write_table(pa.table({"l": [[1, None]]}), tmp_path / "data.parquet")
    table = read("parquet", tmp_path / "data.parquet")

    def write():
        with ExamplesWriter(Examples(uri=str(tmp_path / "e")), "train") as writer:
            writer.write(table.to_batches()[0])

    with pytest.raises(MissingInsideList, match="'l'"):
        write()
