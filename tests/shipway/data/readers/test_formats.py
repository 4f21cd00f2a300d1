import gzip

import fastavro
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shipway.data.readers.errors import MixedFormats, NoRows, UnreadableFile
from shipway.data.readers.formats import UnknownFormat, detect_format, input_format
from shipway.data.tfrecord import frame_records


@pytest.fixture
def files(tmp_path):
    pq.write_table(pa.table({"a": np.arange(3)}), tmp_path / "parquet.dat")
    with (tmp_path / "avro.dat").open("wb") as file:
        fastavro.writer(file, {"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}]}, [{"a": 1}])
    (tmp_path / "tfrecord.dat").write_bytes(frame_records([b"x"]))
    (tmp_path / "tfrecord.gz").write_bytes(gzip.compress(frame_records([b"x"])))
    (tmp_path / "csv.dat").write_bytes(b"a,b\n1,2\n")
    (tmp_path / "csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    (tmp_path / "empty.dat").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize("name", ["parquet.dat", "avro.dat", "tfrecord.dat", "tfrecord.gz", "csv.dat", "csv.gz"])
def test_a_format_is_known_by_its_content(files, name):
    assert detect_format(files / name) == name.partition(".")[0]


def test_empty_files_say_nothing_of_the_format(files):
    assert input_format("auto", [files / "empty.dat", files / "tfrecord.dat"]) == "tfrecord"
    with pytest.raises(NoRows, match=r"The input has no rows, only empty files or headers \('.*empty.dat'\)"):
        input_format("auto", [files / "empty.dat"])


def test_mixed_files_are_named(files):
    with pytest.raises(MixedFormats, match=r"csv \('.*csv.dat'\), avro \('.*avro.dat'\): narrow the pattern"):
        input_format("auto", [files / "csv.dat", files / "avro.dat"])


def test_a_format_that_is_asked_for_is_not_questioned(files):
    assert input_format("csv", [files / "avro.dat"]) == "csv"
    with pytest.raises(UnknownFormat, match="The input_format is 'orc': give 'auto' or one of csv, tfrecord"):
        input_format("orc", [files / "avro.dat"])


def test_a_zip_archive_is_to_be_unpacked(tmp_path):
    (tmp_path / "data.zip").write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(UnreadableFile, match="it is a zip archive, unpack it first"):
        detect_format(tmp_path / "data.zip")


@pytest.mark.parametrize(
    ("name", "kind"), [("a.parquet", "Parquet"), ("b.avro", "Avro"), ("c.tfrecord.gz", "TFRecord")]
)
def test_what_is_named_otherwise_is_not_taken_for_csv(tmp_path, name, kind):
    (tmp_path / name).write_bytes(b"a,b\n1,2\n")
    with pytest.raises(UnreadableFile, match=rf"cannot be read as {kind} \(it does not begin as one\): check that"):
        input_format("auto", [tmp_path / name])
    assert input_format("csv", [tmp_path / name]) == "csv"


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(UnreadableFile, match=r"'.*gone\.csv' cannot be read as input \(No such file or directory\)"):
        detect_format(tmp_path / "gone.csv")
