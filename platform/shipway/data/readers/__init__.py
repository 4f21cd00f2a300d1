"""Reading input files: one module a format, each turning files into batches of feature columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from shipway.data.configs import CsvOptions

if TYPE_CHECKING:
    import pyarrow as pa


class TypesWidened(Exception):
    """A reader found, in the middle of the data, that a column needs a wider type than it gave it so far.

    The reader has widened its types: all batches that it gave are to be thrown away and read again.
    """


class Reader(Protocol):
    """Reads the files of one data set with one type for each column, whichever file it is in."""

    def batches(self, path: Path) -> Iterator[pa.RecordBatch]:
        """The rows of one file in their order, as feature columns; may raise `TypesWidened` on the way."""
        ...


def open_reader(input_format: str, files: Sequence[Path], csv: CsvOptions) -> Reader:
    """The reader of a format (see `shipway.data.readers.formats`) for all files of a data set."""
    if input_format == "csv":
        from shipway.data.readers.csv_reader import CsvReader

        return CsvReader(files, csv)
    if input_format == "parquet":
        from shipway.data.readers.parquet_reader import ParquetReader

        return ParquetReader()
    if input_format == "avro":
        from shipway.data.readers.avro_reader import AvroReader

        return AvroReader()
    from shipway.data.readers.tfrecord_reader import TFRecordReader

    return TFRecordReader()
