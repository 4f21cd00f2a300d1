import csv
import gzip
import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shipway.data.configs import CsvOptions
from shipway.data.errors import UnknownColumn
from shipway.data.readers import TypesWidened
from shipway.data.readers import csv_reader as module
from shipway.data.readers.csv_reader import CsvReader
from shipway.data.readers.csv_types import Kind, infer_type
from shipway.data.readers.errors import (
    BadEncoding,
    BadHeader,
    ColumnKindDiffers,
    DifferentHeaders,
    EmptyCsv,
    RaggedRow,
    UnclosedQuote,
    UnknownEncoding,
    UnreadableFile,
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def write(folder, *contents):
    files = []
    for index, content in enumerate(contents):
        path = folder / f"part-{index}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        files.append(path)
    return files


def read(files, **options):
    """All rows of all files, read as ExampleGen reads them, and how often reading started anew."""
    reader = CsvReader(files, CsvOptions(**options))
    starts = 0
    while True:
        starts += 1
        try:
            batches = [batch for path in files for batch in reader.batches(path)]
        except TypesWidened:
            continue
        return pa.Table.from_batches(batches), starts


def columns(folder, *contents, **options):
    table, _ = read(write(folder, *contents), **options)
    return table.to_pydict()


def test_types_are_integers_floats_and_text(folder):
    table, starts = read(write(folder, "i,f,s,none\n1,1.5,a,\n-2,2,b c,\n"))
    assert table.schema.types == [pa.int64(), pa.float32(), pa.string(), pa.null()]
    assert table.to_pydict() == {"i": [1, -2], "f": [1.5, 2.0], "s": ["a", "b c"], "none": [None, None]}
    assert starts == 1


def test_an_empty_cell_is_a_missing_value_quoted_or_not(folder):
    assert columns(folder, 'a,b,c\n1,x,""\n,"",5\n""," ",\n') == {
        "a": [1, None, None],
        "b": ["x", None, " "],
        "c": [None, 5, None],
    }


def test_other_spellings_of_missing_are_text_unless_they_are_named(folder):
    assert columns(folder, "a\nNA\n1\n\nnull\n")["a"] == ["NA", "1", "null"]
    assert columns(folder, "a,b\n1,\nNA,x\n", null_values=("NA",)) == {"a": [1, None], "b": [None, "x"]}


KIND_NAMES = {Kind.INTEGER: "INT", Kind.FLOAT: "FLOAT", Kind.TEXT: "STRING"}
# The verdicts of tfx_bsl's ColumnTypeInferrer on one cell, but for the last.
CELLS = [
    ("1", 1),
    (" 7 ", 7),
    ("007", 7),
    ("+3", 3),
    ("-3", -3),
    ("9223372036854775807", 2**63 - 1),
    ("-9223372036854775808", -(2**63)),
    ("9223372036854775808", "9223372036854775808"),
    ("0x10", "0x10"),
    ("-0x10", "-0x10"),
    ("1.", 1.0),
    ("+1.5", 1.5),
    (".5", 0.5),
    ("1e3", 1000.0),
    ("-inf", -np.inf),
    ("1.5e400", np.inf),
    ("99999999999999999999.0", 1e20),
    ("1,5", "1,5"),
    (" ", " "),
    ("true", "true"),
    ("2024-01-31", "2024-01-31"),
    ("12:30", "12:30"),
    ("+-3", "+-3"),
    ("1_000", "1_000"),
]


@pytest.mark.parametrize(("cell", "value"), CELLS)
def test_a_cell_is_what_tfx_takes_it_for(folder, cell, value):
    result = columns(folder, f'a,b\n"{cell}",x\n')["a"]
    assert result == [pytest.approx(value) if isinstance(value, float) else value]
    assert type(result[0]) is type(value)


@pytest.mark.parametrize(("cell", "value"), CELLS)
def test_a_cell_far_down_in_the_data_counts_as_much(folder, cell, value, monkeypatch):
    monkeypatch.setattr(module, "GUESS_BYTES", 64)
    monkeypatch.setattr(module, "BLOCK", 64)
    result = columns(folder, "a,b\n" + "5,x\n" * 60 + f'"{cell}",x\n' + "6,y\n" * 60)["a"]
    wanted = {str: "5", float: 5.0, int: 5}[type(value)]
    assert result[0] == wanted
    assert type(result[0]) is type(value)
    assert result[60] == (pytest.approx(value) if isinstance(value, float) else value)


def test_the_verdicts_are_those_of_tfx_bsl():
    decoder = pytest.importorskip("tfx_bsl.coders.csv_decoder")
    for cell, _ in CELLS[:-1]:
        ours = infer_type(pa.array([cell])).kind
        assert ours == {0: 3, 1: 1, 2: 2}.get(
            -1, {"INT": 1, "FLOAT": 2, "STRING": 3}[decoder._InferValueType(cell.encode()).name]
        )


def test_a_column_that_is_text_by_declaration_keeps_it_in_every_file(folder):
    files = write(folder, "id,x\n007,1\n", "id,x\n008,2.5\n", "id,x\nn9,\n")
    table, starts = read(files, text_columns=("id",))
    assert table.to_pydict() == {"id": ["007", "008", "n9"], "x": [1.0, 2.5, None]}
    assert starts == 1


def test_a_column_that_widens_far_down_is_read_again_from_its_text(folder, monkeypatch):
    monkeypatch.setattr(module, "GUESS_BYTES", 64)
    monkeypatch.setattr(module, "BLOCK", 256)
    rows = [f"{n:03d},,{n}" for n in range(300)]
    rows[250] = "a250,1.5,+7"
    table, starts = read(write(folder, "\n".join(["id,late,n", *rows])))
    assert table["id"].to_pylist()[:2] == ["000", "001"]
    assert table["late"].to_pylist()[250] == 1.5
    assert table["n"].to_pylist()[249:252] == [249, 7, 251]
    assert table.schema.types == [pa.string(), pa.float32(), pa.int64()]
    assert starts == 3


def test_numbers_that_look_hexadecimal_inside_text_cost_no_second_reading(folder):
    assert read(write(folder, "id,hash\n1,a0x10\n2,N0XY\n"))[1] == 1


def test_quoted_newlines_delimiters_and_quotes_simply_work(folder):
    content = 'a,b\n1,"two\nlines, and a ""quote"""\r\n2,5" pipe\n3,"\n\n"\n'
    assert columns(folder, content) == {"a": [1, 2, 3], "b": ['two\nlines, and a "quote"', '5" pipe', "\n\n"]}


def test_a_cell_longer_than_a_block_is_read(folder, monkeypatch):
    monkeypatch.setattr(module, "GUESS_BYTES", 64)
    monkeypatch.setattr(module, "BLOCK", 64)
    long = "x\n" * 5000
    assert columns(folder, f'a,b\n1,y\n2,"{long}"\n')["b"] == ["y", long]


def test_crlf_a_byte_order_mark_and_a_missing_last_newline(folder):
    assert columns(folder, b"\xef\xbb\xbfa,b\r\n1,x\r\n\r\n2,y") == {"a": [1, 2], "b": ["x", "y"]}


def test_files_may_order_their_columns_differently(folder, monkeypatch):
    assert columns(folder, "a,b\n1,x\n", "b,a\ny,2\n") == {"a": [1, 2], "b": ["x", "y"]}
    monkeypatch.setattr(module, "GUESS_BYTES", 64)
    late = "b,a\n" + "y,2\n" * 50 + "y,2.5\n"
    assert columns(folder, "a,b\n1,x\n", late)["a"][-1] == 2.5


def test_a_header_without_rows_beside_other_files(folder):
    assert columns(folder, "a,b\n", "a,b\n1,x\n", "a,b") == {"a": [1], "b": ["x"]}


def test_gzip_and_another_delimiter(folder):
    path = folder / "data.csv.gz"
    path.write_bytes(gzip.compress(b"a;b\n1,5;x\n"))
    assert read([path], delimiter=";")[0].to_pydict() == {"a": ["1,5"], "b": ["x"]}


def test_encodings(folder):
    assert columns(folder, "name,n\nJosé,1\n".encode("latin-1"), encoding="latin-1")["name"] == ["José"]
    assert columns(folder, "name,n\nJosé,0x1\n".encode("utf-16"), encoding="utf-16") == {"name": ["José"], "n": ["0x1"]}


def test_columns_that_are_not_utf8_may_stay_bytes(folder):
    table, _ = read(write(folder, b"a,n\nJos\xe9,1\nx,2\n"), encoding="binary")
    assert table.to_pydict() == {"a": [b"Jos\xe9", b"x"], "n": [1, 2]}


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        ("", EmptyCsv, "The CSV file '{}' is empty: it needs a first row"),
        ("\n\n", EmptyCsv, "The CSV file '{}' is empty"),
        ("a,b,a\n1,2,3\n", BadHeader, "The header of the CSV file '{}' names 2 columns 'a': give each its own name."),
        ("a,,c\n1,2,3\n", BadHeader, "The header of the CSV file '{}' has no name for column 2: name every column"),
        ("a,b\n1,x\n2,y,z\n3,w\n", RaggedRow, "Line 3 of the CSV file '{}' has 3 cells where the header has 2"),
        ('a,b\n1,"x\ny"\n2\n', RaggedRow, "Line 4 of the CSV file '{}' has 1 cell where the header has 2"),
        ('a,b\n1,x\n2,"y\n3,z\n', UnclosedQuote, "The CSV file '{}' opens a quote in the row that starts at line 3"),
        (b"a,b\n1,x\n2,caf\xe9\n", BadEncoding, "Line 3 of the CSV file '{}' is not utf-8 (0xe9 at byte 13)"),
        (b"a,caf\xe9\n1,x\n", BadEncoding, "Line 1 of the CSV file '{}' is not utf-8 (0xe9 at byte 5)"),
        (b"a,b\n1,\xe2\x82", BadEncoding, "Line 2 of the CSV file '{}' is not utf-8 (0xe2 0x82 at byte 6)"),
    ],
)
def test_a_bad_file_is_named_with_the_line(folder, content, error, sentence):
    files = write(folder, content)
    with pytest.raises(error) as caught:
        read(files)
    assert str(caught.value).startswith(sentence.format(files[0]))


NUMBERS_IN_FIRST = "id,x\n1,5\n2,\n"


@pytest.mark.parametrize(
    ("contents", "cell"),
    [
        ((NUMBERS_IN_FIRST, "id,x\n3,a\n"), "a"),
        (("id,x\n1,2.5\n", "x,id\n6,3\nNA,4\n"), "NA"),
        ((NUMBERS_IN_FIRST, "id,x\n1,\n", "id,x\n" + "1,7\n" * 300 + "1,late\n"), "late"),
        ((NUMBERS_IN_FIRST, "id,x\n1,12345678901234567890123\n"), "12345678901234567890123"),
    ],
    ids=["all text", "one cell", "far down", "too large"],
)
def test_a_column_that_is_numbers_here_and_text_there_is_named(folder, monkeypatch, contents, cell):
    monkeypatch.setattr(module, "GUESS_BYTES", 64)
    monkeypatch.setattr(module, "BLOCK", 256)
    files = write(folder, *contents)
    for order in (files, files[::-1]):
        with pytest.raises(ColumnKindDiffers) as caught:
            read(order)
        assert str(caught.value).startswith(
            f"The column 'x' changes its type: it holds numbers in the CSV file '{files[0]}' and text, such as "
            f"'{cell}', in '{files[-1]}'; correct the file, or say"
        )
    assert f'{{"null_values": ["{cell}"]}}' in str(caught.value)
    assert read(files, null_values=(cell,))[0].schema.field("x").type != pa.string()
    assert read(files, text_columns=("x",))[0].schema.field("x").type == pa.string()


def test_text_that_is_a_number_now_and_then_is_text_in_every_file(folder):
    assert columns(folder, "x\n1\na\n", "x\nb\n", "x\n\n", "x\n2\nc\n")["x"] == ["1", "a", "b", "2", "c"]


def test_a_text_column_that_is_none_is_named(folder):
    with pytest.raises(UnknownColumn, match=r"There is no column 'zip' in '.*part-0\.csv': the columns are 'a', 'b'"):
        read(write(folder, "a,b\n1,2\n"), text_columns=("zip",))


def test_a_damaged_gzip_file_is_named(folder):
    whole = gzip.compress(b"a,b\n" + b"1,x\n" * 9000)
    for content in (b"a,b\n1,x\n", whole[: len(whole) // 2]):
        path = folder / "data.csv.gz"
        path.write_bytes(content)
        with pytest.raises(
            UnreadableFile, match=r"The file '.*data\.csv\.gz' cannot be read as CSV \(.*\): check that"
        ):
            read([path])


def test_the_lines_of_a_fault_far_down_are_right(folder, monkeypatch):
    monkeypatch.setattr(module, "GUESS_BYTES", 64)
    monkeypatch.setattr(module, "BLOCK", 256)
    good = 'n,"two\nlines"\n' * 200
    with pytest.raises(RaggedRow, match="Line 402 of"):
        read(write(folder, "a,b\n" + good + "n\n"))
    with pytest.raises(BadEncoding, match=r"Line 402 of .* at byte 2806"):
        read(write(folder, b"a,b\n" + good.encode() + b"n,\xff\n"))
    with pytest.raises(UnclosedQuote, match="at line 402 and"):
        read(write(folder, "a,b\n" + good + 'n,"x\n' + "y\n" * 200))


def test_the_way_out_of_a_bad_encoding_is_said(folder):
    with pytest.raises(BadEncoding, match='"encoding": "latin1"') as caught:
        read(write(folder, b"a\n\xe9\n"))
    assert "iconv -f latin1 -t utf-8" in str(caught.value)
    assert '"binary"' in str(caught.value)
    with pytest.raises(BadEncoding, match='"encoding": "utf-16"'):
        read(write(folder, "a,b\n1,2\n".encode("utf-16")))


def test_different_headers_are_compared(folder):
    with pytest.raises(DifferentHeaders, match=r"the second lacks 'b' and adds 'c', 'd'"):
        read(write(folder, "a,b\n1,2\n", "a,c,d\n1,2,3\n"))


def test_an_unknown_encoding_is_named(folder):
    with pytest.raises(UnknownEncoding, match="The encoding 'klingon' in input_config's csv is unknown"):
        read(write(folder, "a\n1\n"), encoding="klingon")


TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=8)
NUMBERS = st.integers(-(2**63), 2**63 - 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.none() | NUMBERS, st.none() | TEXT, st.none() | st.floats(width=32)), min_size=1, max_size=9
    )
)
def test_what_pythons_csv_writes_is_read(tmp_path, rows):
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(["n", "word text", "f"])
    for number, word, real in rows:
        writer.writerow([number, None if word is None else f"w{word}", None if real is None else repr(real)])
    result = columns(tmp_path, text.getvalue())
    assert result["n"] == [number for number, _, _ in rows]
    assert result["word text"] == [None if word is None else f"w{word}" for _, word, _ in rows]
    given = [None if real is None else real for _, _, real in rows]
    assert [None if v is None else repr(float(v)) for v in result["f"]] == [
        None if v is None else repr(v) for v in given
    ]
