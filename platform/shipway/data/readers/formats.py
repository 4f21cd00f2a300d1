"""Which format input files have, by what they begin with: a name's ending promises nothing, but may tell of damage."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

from shipway.data.readers.errors import MixedFormats, NoRows, UnreadableFile
from shipway.errors import UsageError

FORMATS = ("csv", "tfrecord", "parquet", "avro")
ENDINGS = {".parquet": "Parquet", ".avro": "Avro", ".tfrecord": "TFRecord", ".tfrecords": "TFRecord"}
"""Names under which nobody writes CSV: what is none of theirs is damaged, and no text."""
MAGIC = {b"PAR1": "parquet", b"Obj\x01": "avro"}
ZIP_MAGIC = b"PK\x03\x04"
GZIP_MAGIC = b"\x1f\x8b"


class UnknownFormat(UsageError):
    """An input format that no reader knows."""

    def __init__(self, input_format: str) -> None:
        super().__init__(f"The input_format is {input_format!r}: give 'auto' or one of {', '.join(FORMATS)}.")


def input_format(asked: str, files: Sequence[Path]) -> str:
    """The format that was asked for, or with "auto" the one that all files have.

    Raises `UnknownFormat`, `MixedFormats`, and `NoRows` where all files are empty.
    """
    if asked in FORMATS:
        return asked
    if asked != "auto":
        raise UnknownFormat(asked)
    found: dict[str, Path] = {}
    for path in files:
        if (detected := detect_format(path)) is not None:
            found.setdefault(detected, path)
    if not found:
        raise NoRows(files)
    if len(found) > 1:
        raise MixedFormats(found)
    return next(iter(found))


def detect_format(path: Path) -> str | None:
    """The format of one file, text of any kind being CSV; None for an empty one. Raises `UnreadableFile`."""
    head = _head(path, 12)
    if not head:
        return None
    if head[:4] in MAGIC:
        return MAGIC[head[:4]]
    if head[:4] == ZIP_MAGIC:
        raise UnreadableFile(path, "CSV", "it is a zip archive, unpack it first")
    if len(head) == 12 and _is_record_header(head):
        return "tfrecord"
    ending = next((suffix for suffix in reversed(path.suffixes) if suffix != ".gz"), "")
    if ending in ENDINGS:
        raise UnreadableFile(path, ENDINGS[ending], "it does not begin as one")
    return "csv"


def _head(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(size)
    except OSError as error:
        raise UnreadableFile(path, "input", error.strerror or str(error)) from error
    if head[:2] != GZIP_MAGIC:
        return head
    try:
        with gzip.open(path) as unzipped:
            return unzipped.read(size)
    except (OSError, EOFError, zlib.error):
        return head


def _is_record_header(head: bytes) -> bool:
    from shipway.data.tfrecord import masked_crc

    return struct.unpack("<I", head[8:])[0] == masked_crc(head[:8])
