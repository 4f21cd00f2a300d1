"""Several spans as one Examples artifact."""

import itertools
import json

import pyarrow as pa
import pytest

from shipway.artifacts import FORMAT_PARQUET, FORMAT_TF_EXAMPLE, Examples
from shipway.data.errors import ColumnTypeChanged
from shipway.data.examples import ExamplesWriter, read_table, split_rows
from shipway.errors import InputError, UsageError
from shipway_components.resolver import span_range_resolver


def ingest(history, span, columns=None, payload=FORMAT_PARQUET, splits=("train", "eval"), version=0):
    examples = Examples(str(history.folder / f"examples-{span}-{version}"))
    examples.path.mkdir()
    examples.payload_format = payload
    for number, split in enumerate(splits):
        rows = columns or {"row": [10 * span + number, 10 * span + number + 5], "name": ["a", "b"]}
        with ExamplesWriter(examples, split) as writer:
            writer.write(pa.RecordBatch.from_pydict(rows))
    examples.split_names = list(splits)
    examples.span, examples.version = span, version
    history.ran({"examples": examples})
    return examples


@pytest.fixture
def resolve(context, tmp_path):
    numbers = itertools.count()

    def resolve_spans(**wanted):
        merged = Examples(str(tmp_path / f"merged-{next(numbers)}"))
        merged.path.mkdir()
        span_range_resolver.function(examples=merged, context=context, **wanted)
        return merged

    return resolve_spans


@pytest.mark.parametrize("payload", [FORMAT_PARQUET, FORMAT_TF_EXAMPLE])
def test_all_rows_of_all_spans(history, resolve, payload):
    for span in (1, 2, 3):
        ingest(history, span, payload=payload)
    merged = resolve()
    assert merged.split_names == ["train", "eval"]
    assert read_table(merged, "train")["row"].to_pylist() == [10, 15, 20, 25, 30, 35]
    assert read_table(merged, "eval")["row"].to_pylist() == [11, 16, 21, 26, 31, 36]
    assert split_rows(merged, "train") == 6
    assert merged.metadata["rows"] == 12
    assert merged.payload_format == payload
    assert json.loads(merged.metadata["spans"]) == [1, 2, 3]


@pytest.mark.parametrize(
    ("wanted", "spans"),
    [
        ({"first_span": 2}, [2, 3, 5]),
        ({"last_span": 3}, [1, 2, 3]),
        ({"latest_spans": 2}, [3, 5]),
        ({"first_span": 1, "last_span": 4, "latest_spans": 2}, [2, 3]),
    ],
)
def test_which_spans(history, resolve, wanted, spans):
    for span in (1, 2, 3, 5):
        ingest(history, span)
    assert json.loads(resolve(**wanted).metadata["spans"]) == spans


def test_files_are_shared_and_not_copied(history, resolve):
    first = ingest(history, 1)
    ingest(history, 2)
    merged = resolve()
    source = next(first.split_path("train").iterdir())
    linked = sorted(merged.split_path("train").iterdir())
    assert [path.name for path in linked] == ["data-00000-of-00002.parquet", "data-00001-of-00002.parquet"]
    assert linked[0].samefile(source)


def test_a_single_span_is_pointed_to(history, resolve):
    ingest(history, 1)
    second = ingest(history, 2, version=3)
    merged = resolve(first_span=2, last_span=2)
    assert merged.uri == second.uri
    assert (merged.span, merged.version) == (2, 3)
    assert merged.split_names == ["train", "eval"]


def test_a_newer_version_takes_the_place_of_an_older(history, resolve):
    ingest(history, 1, version=1)
    newer = ingest(history, 1, version=2)
    assert resolve(first_span=1).uri == newer.uri


def test_a_merged_artifact_is_never_taken_for_a_span(history, resolve):
    for span in (1, 2):
        ingest(history, span)
    merged = resolve()
    history.ran({"examples": merged})
    assert json.loads(resolve(first_span=0, last_span=9).metadata["spans"]) == [1, 2]


def test_spans_with_different_columns_get_all_of_them(history, resolve):
    first = ingest(history, 1, {"row": [1, 2]})
    ingest(history, 2, {"row": [[3, 4], [5]], "delay": [0.5, None]})
    merged = resolve()
    table = read_table(merged, "train")
    assert table["row"].to_pylist() == [[1], [2], [3, 4], [5]]
    assert table["delay"].to_pylist() == [None, None, 0.5, None]
    assert read_table(first, "train").column_names == ["row"]


def test_no_span_in_the_range(resolve):
    assert resolve(first_span=4).metadata == {"resolved": 0}


def test_bad_ranges_and_spans_that_do_not_fit_together(history, resolve):
    with pytest.raises(UsageError, match="no spans from 5 to 3"):
        resolve(first_span=5, last_span=3)
    ingest(history, 1)
    ingest(history, 2, payload=FORMAT_TF_EXAMPLE)
    with pytest.raises(InputError, match="span 1 is FORMAT_PARQUET and the span 2 is FORMAT_TF_EXAMPLE"):
        resolve()
    ingest(history, 2, version=1)
    ingest(history, 3, {"row": ["text"], "name": ["a"]})
    with pytest.raises(ColumnTypeChanged, match="'row' changes its type from int64 to string"):
        resolve(first_span=1, last_span=3)


def test_the_answer_changes_with_the_spans(history, context):
    def answer():
        return span_range_resolver.reads(
            lineage=context.lineage, first_span=0, last_span=-1, latest_spans=0, output_key="examples", pipeline=""
        )

    ingest(history, 1)
    before = answer()
    assert answer() == before
    ingest(history, 2)
    assert answer() != before
