"""TFRecord files without TensorFlow and without Beam: the framing is twelve bytes before a record and four after it.

A record is its length (uint64, little endian), the masked CRC-32C of those eight bytes, the payload, and the payload's
masked CRC-32C (https://www.tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details").
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from shipway.data.errors import DamagedRecords

CHUNK = 1 << 22
GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 31
HEADER = struct.Struct("<QI")
CHECKSUM = struct.Struct("<I")
FRAME = HEADER.size + CHECKSUM.size


def masked_crc(data: bytes) -> int:
    """TFRecord's checksum: CRC-32C rotated right by 15 bits plus a constant, so that it may be checksummed again."""
    crc = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def frame_records(records: Iterable[bytes]) -> bytes:
    """Records as they stand in a file."""
    headers: dict[int, bytes] = {}
    pieces: list[bytes] = []
    for record in records:
        length = len(record)
        header = headers.get(length)
        if header is None:
            packed = struct.pack("<Q", length)
            header = headers[length] = packed + CHECKSUM.pack(masked_crc(packed))
        pieces += (header, record, CHECKSUM.pack(masked_crc(record)))
    return b"".join(pieces)


def read_records(path: Path, batch_size: int) -> Iterator[list[bytes]]:
    """Batches of a file's records, both checksums of each verified; gzip is recognised by its first bytes.

    Raises `DamagedRecords` with the number (from 0) of the first record that is wrong or incomplete.
    """
    records: list[bytes] = []
    position, rest = 0, b""
    for chunk in _chunks(path):
        rest += chunk
        found, used = _split(rest, path, position)
        position += len(found)
        rest = rest[used:]
        records += found
        while len(records) >= batch_size:
            yield records[:batch_size]
            records = records[batch_size:]
    if rest:
        raise DamagedRecords(path, position, "the file ends in the middle of it")
    if records:
        yield records


class RecordWriter:
    """Writes gzipped TFRecords; compression is light, since reading time counts for more than size."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self._gzip = zlib.compressobj(1, zlib.DEFLATED, GZIP_WINDOW)

    def write(self, records: Sequence[bytes]) -> None:
        self._file.write(self._gzip.compress(frame_records(records)))

    def close(self) -> None:
        with self._file as file:
            file.write(self._gzip.flush())


def _split(data: bytes, path: Path, position: int) -> tuple[list[bytes], int]:
    """The whole records at the front of `data` and how many bytes they take; `position` counts those before it."""
    records: list[bytes] = []
    known: dict[int, int] = {}
    start, end = 0, len(data)
    while start + HEADER.size <= end:
        length, checksum = HEADER.unpack_from(data, start)
        if known.get(length) != checksum:
            if masked_crc(data[start : start + 8]) != checksum:
                raise DamagedRecords(path, position + len(records), "the checksum of its length is wrong")
            known[length] = checksum
        stop = start + HEADER.size + length
        if stop + CHECKSUM.size > end:
            break
        record = data[start + HEADER.size : stop]
        if CHECKSUM.unpack_from(data, stop)[0] != masked_crc(record):
            raise DamagedRecords(path, position + len(records), "its checksum is wrong")
        records.append(record)
        start = stop + CHECKSUM.size
    return records, start


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        zipped = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        file.seek(0)
        if zipped:
            yield from _unzipped(file, path)
        else:
            while chunk := file.read(CHUNK):
                yield chunk


def _unzipped(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """The content of one gzip stream, or of several after each other."""
    unzip = zlib.decompressobj(GZIP_WINDOW)
    data = b""
    while data or (data := file.read(CHUNK)):
        if unzip.eof:
            unzip = zlib.decompressobj(GZIP_WINDOW)
        try:
            content = unzip.decompress(data, CHUNK)
        except zlib.error as error:
            raise DamagedRecords(path, 0, f"its gzip compression is broken: {error}") from error
        data = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
        if content:
            yield content
    if not unzip.eof:
        raise DamagedRecords(path, 0, "its gzip compression ends early, the file is incomplete")
