"""Rows out of files and pipes, whatever they are written in."""

import gzip
import io
import json
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shipway.cli.prediction.rows import STDIN, CannotOpen, NoRows, open_rows
from shipway.errors import InputError

TABLE = {"a": ["1", "2", None], "b": ["x", "y,z", "ü"]}
NUMBERS = {"a": [1, 2, None], "b": ["x", "y,z", "ü"]}
AS_CSV = 'a,b\n1,x\n\n2,"y,z"\n,ü\n'
AS_ROWS = [{"a": 1, "b": "x"}, {"a": 2, "b": "y,z"}, {"b": "ü"}]
AS_LINES = "\n".join(json.dumps(row) for row in AS_ROWS)


@pytest.fixture
def read(tmp_path):
    """All batches of a file with this content."""

    def batches(content, size=100, limit=None, only_input="", input_format=""):
        path = tmp_path / "rows"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with open_rows(str(path), input_format) as rows:
            return list(rows.batches(size, limit, only_input))

    return batches


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (AS_CSV, TABLE),
        ("\ufeff" + AS_CSV.replace("\n", "\r\n"), TABLE),
        (gzip.compress(AS_CSV.encode()), TABLE),
        (AS_LINES, NUMBERS),
        ("\n" + AS_LINES + "\n\n", NUMBERS),
        (json.dumps(AS_ROWS, indent=2), NUMBERS),
        (json.dumps({"signature_name": "s", "instances": AS_ROWS}), NUMBERS),
        (json.dumps({"inputs": NUMBERS}), NUMBERS),
        (json.dumps({"inputs": NUMBERS}, indent=2), NUMBERS),
    ],
    ids=["csv", "csv with mark", "gzip", "lines", "blank lines", "array", "request", "columns", "columns over lines"],
)
def test_the_format_is_told_by_the_beginning(read, content, columns):
    (batch,) = read(content)
    assert (batch.first, batch.count, dict(batch.columns)) == (1, 3, columns)


def test_one_object_over_several_lines_is_one_row(read):
    (batch,) = read(json.dumps({"a": 1, "b": [1, 2]}, indent=2))
    assert (batch.count, batch.columns) == (1, {"a": [1], "b": [[1, 2]]})


def test_parquet(tmp_path):
    pq.write_table(pa.table({**NUMBERS, "c": [[1], [], None]}), tmp_path / "t")
    with open_rows(str(tmp_path / "t")) as rows:
        first, second = rows.batches(2)
        assert not rows.is_text
    assert first.columns == {"a": [1, 2], "b": ["x", "y,z"], "c": [[1], []]}
    assert (second.first, second.columns["b"]) == (3, ["ü"])


@pytest.mark.parametrize("content", [AS_CSV, AS_LINES], ids=["csv", "lines"])
@pytest.mark.parametrize(
    ("limit", "batches"),
    [(None, [(1, 2), (3, 1)]), (1, [(1, 1)]), (2, [(1, 2)]), (3, [(1, 2), (3, 1)]), (9, [(1, 2), (3, 1)])],
)
def test_batches_and_a_limit(read, content, limit, batches):
    found = read(content, 2, limit)
    assert [(one.first, one.count) for one in found] == batches
    assert all(len(values) == one.count for one in found for values in one.columns.values())


def test_bytes_and_bare_values_in_json(read):
    (batch,) = read('[{"b64": "/w=="}, "text"]', only_input="photo")
    assert batch.columns == {"photo": [b"\xff", "text"]}
    (batch,) = read('{"x": [{"b64": "YQ=="}]}')
    assert batch.columns == {"x": [[b"a"]]}


def test_a_pipe_is_read_once_and_not_by_name(monkeypatch):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    def pipe(content):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BufferedReader(Pipe(content))))
        with open_rows(STDIN) as rows:
            return [dict(one.columns) for one in rows.batches(10)]

    table = io.BytesIO()
    pq.write_table(pa.table(NUMBERS), table)
    assert pipe(AS_CSV.encode()) == [TABLE]
    assert pipe(table.getvalue()) == [NUMBERS]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a,a\n1,2\n", "Line 1 of '{}' names the column 'a' twice: give every column its own name."),
        (
            "a,b\n1,2\n3\n",
            "Line 3 of '{}' has 1 cell where the header has 2: correct the row, or quote a cell that holds a comma.",
        ),
        ('a,b\n1,"2\n', "Line 2 of '{}' is not CSV (unexpected end of data): correct it, or quote its cells."),
        (b"a,b\n1,\xff\n", "'{}' is not UTF-8 (0xff): convert the file, for example with iconv."),
        (
            '{"a": 1}\n{"a": \n',
            "Line 2 of '{}' is not JSON (Expecting value: line 2 column 1 (char 7)): give one object a line, "
            "or one array of objects.",
        ),
        (
            '[{"a": 1}',
            "The text of '{}' is not JSON (Expecting ',' delimiter: line 1 column 10 (char 9)): give one object a "
            "line, or one array of objects.",
        ),
        ("[1, 2]", "Row 1 of '{}' is 1: give an object with the model's inputs by name in each row."),
        (
            '{"inputs": {"a": [1], "b": [1, 2]}}',
            "The 'inputs' in '{}' have different numbers of rows (a: 1, b: 2): give an object with a list of equal "
            "length for each.",
        ),
        (
            '{"inputs": {"a": 1}}',
            "The 'inputs' in '{}' are no columns: give an object with a list of equal length for each.",
        ),
        ("a,b\n", "There is no row in '{}': nothing was predicted."),
        ("", "There is no row in '{}': nothing was predicted."),
        ("[]", "There is no row in '{}': nothing was predicted."),
        (b"PAR1 and no more", None),
    ],
)
def test_what_cannot_be_read(read, tmp_path, content, sentence):
    with pytest.raises(InputError) as error:
        read(content)
    if sentence:
        assert str(error.value) == sentence.format(tmp_path / "rows")
    else:
        assert str(error.value).startswith(f"'{tmp_path / 'rows'}' cannot be read as Parquet (ArrowInvalid: ")


def test_a_row_of_nothing_is_a_row(read):
    (batch,) = read("{}\n{}")
    assert (batch.count, batch.columns) == (2, {})


def test_a_file_that_is_not_there(tmp_path):
    lost = str(tmp_path / "lost")
    problem = r"No such file or directory\): give a CSV, JSON or Parquet file, or '-'\."
    with pytest.raises(CannotOpen, match=problem), open_rows(lost):
        pass


def test_a_torn_gzip_is_named(read):
    with pytest.raises(CannotOpen, match="cannot be read"):
        read(gzip.compress(AS_CSV.encode() * 1000)[:-20])


def test_no_row_is_an_error_of_its_own(read):
    with pytest.raises(NoRows):
        read("a\n")
