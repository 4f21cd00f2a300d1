"""Data that cannot be used as it is: the step that meets it says what and where, and the next run is not hurt."""

import pyarrow.parquet as pq
import pytest

INGEST = ("--until", "example-gen")


def fails_on(shell, *files, task="example-gen"):
    """Fail on these files, then succeed on good ones in the same folder; the sentence of the failure."""
    folder = shell.write("given", **{f"day-{number}": content for number, content in enumerate(files, start=1)})
    sentence = shell.fails(task, "checked.py", "--param", f"data={folder}", "--until", task)
    shell.write("given", good=b"id,word\n7,x\n8,y\n")
    shell.succeeds("checked.py", "--param", f"data={folder}", "--until", task)
    return sentence


def rows(shell, run):
    """The rows that ExampleGen has written."""
    files = [path for path in shell.finished(run.run_id, "example-gen") if path.suffix == ".parquet"]
    return [row for path in files for row in pq.read_table(path).to_pylist()]


def test_a_missing_input_file(shell):
    sentence = shell.fails("example-gen", "checked.py", "--param", "data=lost/day.csv")
    place = shell.folder / "lost/day.csv"
    assert sentence == (
        f"There is no file or folder '{place}': check the input path, a relative one starts at '{shell.folder}'."
    )


def test_an_empty_pattern(shell):
    sentence = shell.fails("example-gen", "checked.py", "--param", "data=good", "--param", "pattern=*.tsv")
    assert sentence == (
        f"No file matches '*.tsv' in '{shell.folder / 'good'}': check the pattern and what lies in that folder."
    )


BAD_FILES = {
    "empty": (b"", "The input has no rows, only empty files or headers ('{file}'): check what wrote them."),
    "header alone": (
        b"id,word\n",
        "The input has no rows, only empty files or headers ('{file}'): check what wrote them.",
    ),
    "blank lines": (b"\n\n", "The CSV file '{file}' is empty: it needs a first row with the column names."),
    "long row": (
        b"id,word\n1,a\n2,b,c\n",
        "Line 3 of the CSV file '{file}' has 3 cells where the header has 2: correct the row, or quote a cell that "
        "holds the delimiter.",
    ),
    "short row": (
        b'id,word\n1,"a\nb"\n2\n',
        "Line 4 of the CSV file '{file}' has 1 cell where the header has 2: correct the row, or quote a cell that "
        "holds the delimiter.",
    ),
    "not utf-8": (
        b"id,word\n1,caf\xe9\n",
        "Line 2 of the CSV file '{file}' is not utf-8 (0xe9 at byte 13): convert the file (iconv -f latin1 -t utf-8), "
        'or name its encoding in input_config as {{"csv": {{"encoding": "latin1"}}}}, or keep such columns as bytes '
        'with "binary" there.',
    ),
    "two names": (
        b"id,id\n1,a\n",
        "The header of the CSV file '{file}' names 2 columns 'id': give each its own name.",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_table(shell, name):
    content, sentence = BAD_FILES[name]
    assert fails_on(shell, content) == sentence.format(file=shell.folder / "given/day-1.csv")


def test_a_column_that_changes_its_type_between_files(shell):
    first, second = (shell.folder / f"given/day-{number}.csv" for number in (1, 2))
    assert fails_on(shell, b"id,word\n1,a\n2,b\n", b"id,word\n3,c\nfour,d\n") == (
        f"The column 'id' changes its type: it holds numbers in the CSV file '{first}' and text, such as 'four', in "
        f"'{second}'; correct the file, or say in input_config what is meant, a missing value with "
        '{"csv": {"null_values": ["four"]}} or a column of text with {"csv": {"text_columns": ["id"]}}.'
    )


def test_quoted_newlines_simply_work(shell):
    folder = shell.write("quoted", data=b'id,word\n1,"two\nlines"\n2,"a ""quote"", and\n\n\nmore"\r\n3,plain\n')
    run = shell.succeeds("checked.py", "--param", f"data={folder}", *INGEST)
    assert rows(shell, run) == [
        {"id": 1, "word": "two\nlines"},
        {"id": 2, "word": 'a "quote", and\n\n\nmore'},
        {"id": 3, "word": "plain"},
    ]
    assert "example-gen: succeeded" in run.err
    assert ", 3 rows, " in run.err


def test_a_nul_byte_and_spaces_in_names_are_kept(shell):
    folder = shell.write("odd", data=b" my id ,a/b.c\n1,x\x00y\n2,z\n")
    run = shell.succeeds("checked.py", "--param", f"data={folder}", *INGEST)
    assert rows(shell, run) == [{" my id ": 1, "a/b.c": "x\x00y"}, {" my id ": 2, "a/b.c": "z"}]


def test_a_feature_in_the_schema_that_the_data_lacks(shell):
    (shell.folder / "wide.pbtxt").write_text(
        (shell.folder / "schema.pbtxt").read_text()
        + 'feature { name: "fare" type: FLOAT presence { min_fraction: 1.0 min_count: 1 } }'
    )
    sentence = shell.fails(
        "example-validator", "checked.py", "--param", "data=good", "--param", "schema_file=wide.pbtxt",
        leaving="anomalies",
    )  # fmt: skip
    assert "'fare'" in sentence
    shell.succeeds("checked.py", "--param", "data=good")


def test_a_split_that_does_not_exist(shell):
    sentence = shell.fails("statistics-gen", "checked.py", "--param", "data=good", "--param", 'without=["tset"]')
    assert sentence == (
        "exclude_splits names the split 'tset', which the examples do not have: their splits are 'train'."
    )
    shell.succeeds("checked.py", "--param", "data=good")
