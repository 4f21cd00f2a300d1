"""ExampleGen as a step: tiny files in, an artifact with its splits and properties out."""

import contextlib
import csv
import io
import json
import re

import fastavro
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shipway.artifacts import Examples, Files
from shipway.data.configs import InvalidConfig
from shipway.data.errors import ColumnTypeChanged, UnknownPartitionFeature, UnknownSplit
from shipway.data.example_coder import encode_examples
from shipway.data.examples import read_split, read_table, split_rows
from shipway.data.readers import csv_reader
from shipway.data.readers.errors import NoRows, RaggedRow
from shipway.data.spans import EmptyPattern, MissingInput
from shipway.data.tfrecord import frame_records
from shipway.step import StepContext
from shipway_components.example_gen import example_gen
from shipway_components.example_gen.ingest import UnknownPayloadFormat
from shipway_components.example_gen.source import NoInput, TwoRanges

PLAIN = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0_+")
ROWS = 600
TABLE = {"id": list(range(ROWS)), "user": [f"u{n % 50}" for n in range(ROWS)], "x": [n / 4 for n in range(ROWS)]}


@pytest.fixture
def generate(tmp_path):
    """Run the step into a fresh artifact; `generate.progress` is what it reported last."""

    def run(**parameters):
        run.count += 1
        examples = Examples(uri=str(tmp_path / f"examples-{run.count}"))
        context = StepContext(
            "pipeline", "run", "example-gen", tmp_path, progress=lambda rows: setattr(run, "progress", rows)
        )
        example_gen.function(context=context, examples=examples, **parameters)
        return examples

    run.count = 0
    return run


def csv_text(rows):
    names = list(TABLE)
    lines = [",".join(str(TABLE[name][row]) for name in names) for row in rows]
    return "\n".join([",".join(names), *lines]) + "\n"


@pytest.fixture
def folder(tmp_path):
    """The same rows in every format, and in files of three spans."""
    table = pa.table(TABLE)
    for name in ("csv", "parquet", "avro", "tfrecord", "spans"):
        (tmp_path / "in" / name).mkdir(parents=True)
    (tmp_path / "in/csv/a.csv").write_text(csv_text(range(200)))
    (tmp_path / "in/csv/b.csv").write_text(csv_text(range(200, ROWS)))
    pq.write_table(table, tmp_path / "in/parquet/data.parquet")
    (tmp_path / "in/tfrecord/data.tfrecord").write_bytes(frame_records(encode_examples(table.to_batches()[0])))
    fields = [{"name": n, "type": t} for n, t in (("id", "long"), ("user", "string"), ("x", "double"))]
    with (tmp_path / "in/avro/data.avro").open("wb") as file:
        fastavro.writer(file, {"type": "record", "name": "r", "fields": fields}, table.to_pylist())
    for span, version in ((1, 1), (2, 1), (2, 2), (3, 1)):
        first = span * 100 + version * 10
        (tmp_path / f"in/spans/day-{span}-v{version}.csv").write_text(csv_text(range(first, first + 10)))
    return tmp_path / "in"


def ids(examples, split):
    return [value for batch in read_split(examples, split, ["id"]) for value in batch.column(0).to_pylist()]


@pytest.mark.parametrize("input_format", ["csv", "parquet", "avro", "tfrecord"])
@pytest.mark.parametrize("payload_format", ["parquet", "tfrecord"])
def test_every_format_gives_the_same_splits(folder, generate, input_format, payload_format):
    examples = generate(input_base=str(folder / input_format), payload_format=payload_format)
    assert examples.split_names == ["train", "eval"]
    train, held_out = read_table(examples, "train"), read_table(examples, "eval")
    assert sorted(train["id"].to_pylist() + held_out["id"].to_pylist()) == TABLE["id"]
    assert train.select(["id", "user", "x"]).schema.types == [pa.int64(), pa.string(), pa.float32()]
    assert (train.num_rows, held_out.num_rows) == (384, 216)
    assert train["user"].to_pylist() == [TABLE["user"][n] for n in train["id"].to_pylist()]
    assert sum(train["id"].to_pylist()) == 118176
    assert examples.payload_format == {"parquet": "FORMAT_PARQUET", "tfrecord": "FORMAT_TF_EXAMPLE"}[payload_format]


def test_properties_say_what_was_read(folder, generate):
    examples = generate(input_base=str(folder / "csv"))
    assert examples.metadata["rows"] == ROWS
    assert json.loads(examples.metadata["split_rows"]) == {"train": 384, "eval": 216}
    assert (examples.span, examples.version, examples.metadata["spans"]) == (0, 0, "[]")
    assert len(examples.metadata["fingerprint"]) == 64
    assert generate.progress == ROWS
    assert all(isinstance(value, str | int | float) for value in examples.metadata.values())


def test_rows_stay_in_their_split_in_another_order_of_files(folder, generate):
    once = generate(input_base=str(folder / "csv"))
    (folder / "csv/a.csv").rename(folder / "csv/z.csv")
    again = generate(input_base=str(folder / "csv"))
    assert set(ids(once, "eval")) == set(ids(again, "eval"))
    assert ids(once, "eval") != ids(again, "eval")


def test_one_file_is_an_input(folder, generate):
    assert generate(input_base=str(folder / "csv/a.csv")).metadata["rows"] == 200


def test_an_artifact_is_an_input(folder, generate):
    assert generate(source=Files(uri=str(folder / "csv"))).metadata["rows"] == ROWS


def test_input_splits_by_pattern(folder, generate):
    splits = [{"name": "train", "pattern": "b.*"}, {"name": "eval", "pattern": "a.*"}]
    examples = generate(input_base=str(folder / "csv"), input_config={"splits": splits})
    assert examples.split_names == ["train", "eval"]
    assert ids(examples, "eval") == list(range(200))
    assert split_rows(examples, "train") == 400


def test_types_hold_for_all_input_splits_together(tmp_path, generate):
    (tmp_path / "train.csv").write_text("id,x\n001,1\n")
    (tmp_path / "eval.csv").write_text("id,x\n2,2.5\n")
    splits = [{"name": name, "pattern": f"{name}.csv"} for name in ("train", "eval")]
    config = {"splits": splits, "csv": {"text_columns": ["id"]}}
    examples = generate(input_base=str(tmp_path), input_config=config)
    assert read_table(examples, "train").to_pydict() == {"id": ["001"], "x": [1.0]}
    assert read_table(examples, "eval").to_pydict() == {"id": ["2"], "x": [2.5]}


def test_output_splits_by_a_feature(folder, generate):
    buckets = [
        {"name": "train", "hash_buckets": 6},
        {"name": "test", "hash_buckets": 2},
        {"name": "eval", "hash_buckets": 2},
    ]
    config = {"split_config": {"splits": buckets, "partition_feature_name": "user"}}
    examples = generate(input_base=str(folder / "csv"), output_config=config)
    users = [set(read_table(examples, split, ["user"])["user"].to_pylist()) for split in ("train", "test", "eval")]
    assert sum(map(len, users)) == len(set.union(*users)) == 50


def spans_of(examples):
    return examples.span, examples.version, json.loads(examples.metadata["spans"]), examples.metadata["first_span"]


PATTERN = {"splits": [{"name": "all", "pattern": "day-{SPAN}-v{VERSION}.csv"}]}


def test_the_latest_span_is_the_default(folder, generate):
    examples = generate(input_base=str(folder / "spans"), input_config=PATTERN)
    assert spans_of(examples) == (3, 1, [3], 3)
    assert sorted(ids(examples, "train") + ids(examples, "eval")) == list(range(310, 320))


@pytest.mark.parametrize(
    "choice",
    [
        {"spans": "1-2"},
        {"range_config": {"static_range": {"start_span_number": 1, "end_span_number": 2}}},
        {"range_config": {"rolling_range": {"num_spans": 2, "skip_num_recent_spans": 1}}},
    ],
    ids=str,
)
def test_several_spans_are_merged_each_in_its_latest_version(folder, generate, choice):
    examples = generate(input_base=str(folder / "spans"), input_config=PATTERN, **choice)
    assert spans_of(examples) == (2, 2, [1, 2], 1)
    assert sorted(ids(examples, "train") + ids(examples, "eval")) == [*range(110, 120), *range(220, 230)]


def test_a_type_found_late_leaves_no_row_twice(folder, generate, monkeypatch):
    monkeypatch.setattr(csv_reader, "GUESS_BYTES", 64)
    monkeypatch.setattr(csv_reader, "BLOCK", 256)
    with (folder / "csv/b.csv").open("a") as file:
        file.write("last,u1,1.0\n")
    examples = generate(input_base=str(folder / "csv/b.csv"))
    values = ids(examples, "train") + ids(examples, "eval")
    assert sorted(values, key=lambda v: (len(v), v)) == [*map(str, range(200, ROWS)), "last"]


@pytest.mark.parametrize(
    ("parameters", "error", "sentence"),
    [
        ({}, NoInput, "There is nothing to read: give example_gen either input_base"),
        ({"input_base": "nowhere"}, MissingInput, "There is no file or folder '/.*/nowhere'"),
        ({"input_base": "{csv}", "payload_format": "orc"}, UnknownPayloadFormat, "The payload_format is 'orc'"),
        ({"input_base": "{csv}", "spans": "3", "range_config": {"rolling_range": {"num_spans": 1}}}, TwoRanges, "Both"),
        (
            {"input_base": "{csv}", "input_config": {"splits": [{"name": "a", "pattern": "*.tsv"}]}},
            EmptyPattern,
            r"No file matches '\*\.tsv' in",
        ),
        (
            {"input_base": "{csv}", "output_config": {"split_config": {"partition_feature_name": "customer"}}},
            UnknownPartitionFeature,
            "'customer' is not in '.*a.csv': choose one of its columns, 'id', 'user', 'x'",
        ),
        ({"input_base": "{csv}", "output_config": {"splits": {}}}, InvalidConfig, "has the unknown key 'splits'"),
    ],
)
def test_bad_parameters_are_one_sentence_and_leave_nothing(folder, generate, tmp_path, parameters, error, sentence):
    filled = {k: v.format(csv=folder / "csv") if isinstance(v, str) else v for k, v in parameters.items()}
    with pytest.raises(error, match=sentence):
        generate(**filled)
    assert [path for path in tmp_path.glob("examples-*/**/*") if path.is_file()] == []


def test_a_column_that_changes_its_type_between_parquet_files_is_named_with_the_file(tmp_path, generate):
    for split, values in (("train", [1, 2]), ("eval", ["x"])):
        pq.write_table(pa.table({"a": values}), tmp_path / f"{split}.parquet")
    splits = [{"name": name, "pattern": f"{name}.parquet"} for name in ("train", "eval")]
    for parameters in ({}, {"input_config": {"splits": splits}}):
        with pytest.raises(ColumnTypeChanged, match=r"'a' changes its type from .* in '.*/(eval|train)\.parquet'"):
            generate(input_base=str(tmp_path), **parameters)


def test_bad_files_are_one_sentence_and_leave_nothing(folder, generate, tmp_path):
    (folder / "csv/c.csv").write_text("id,user,x\n1,u\n")
    with pytest.raises(RaggedRow, match=r"Line 2 of the CSV file '.*c\.csv' has 2 cells where the header has 3"):
        generate(input_base=str(folder / "csv"))
    assert [path for path in tmp_path.glob("examples-*/**/*") if path.is_file()] == []


def test_headers_alone_are_no_rows(tmp_path, generate):
    (tmp_path / "data.csv").write_text("a,b\n")
    with pytest.raises(NoRows, match=r"The input has no rows, only empty files or headers \('.*data.csv'\)"):
        generate(input_base=str(tmp_path / "data.csv"))


def test_a_split_that_does_not_exist_is_named(folder, generate):
    examples = generate(input_base=str(folder / "csv"))
    with pytest.raises(UnknownSplit, match=r"no split 'test' .* the splits are 'train', 'eval'"):
        read_table(examples, "test")


CELLS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(width=32) | st.text(PLAIN, max_size=6)


@pytest.mark.parametrize("payload_format", ["parquet", "tfrecord"])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8))
def test_any_csv_comes_back_value_by_value(tmp_path, generate, payload_format, rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("row", "a", "b"), *((f"r{n}", *row) for n, row in enumerate(rows))])
    (tmp_path / "data.csv").write_text(text.getvalue(), newline="")
    examples = generate(input_base=str(tmp_path / "data.csv"), payload_format=payload_format)
    found = {row["row"]: row for split in ("train", "eval") for row in read_table(examples, split).to_pylist()}
    assert set(found) == {f"r{n}" for n in range(len(rows))}
    for place, name in enumerate(("a", "b")):
        cells = ["" if row[place] is None else str(row[place]) for row in rows]
        kind = column_type(cells)
        for n, cell in enumerate(cells):
            assert same(found[f"r{n}"].get(name), kind(cell) if cell else None)


def column_type(cells):
    """What Python takes all cells of a column for, which is TFX's rule."""
    for kind in (as_int64, np.float32):
        with contextlib.suppress(ValueError):
            for cell in filter(None, cells):
                kind(cell)
                if kind is np.float32 and re.fullmatch(r"-?\d+", cell):
                    as_int64(cell)
            return kind
    return str


def as_int64(cell):
    if not -(2**63) <= int(cell) < 2**63:
        raise ValueError(cell)
    return int(cell)


def same(one, other):
    return one == other or (one is not None and one != one and other != other)
