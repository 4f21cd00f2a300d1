"""FeatureStats.pb: one file that each of TFDV's loaders opens.

`tfdv.load_stats_binary` (and TFX) parse the file as one serialized message, `tfdv.load_statistics` reads a TFRecord of
one record, which is the message between a header (its length, and a checksum of that) and a footer (a checksum of the
message). Both hold for the same bytes when header and footer happen to parse as message fields that nobody knows and
every parser skips. They do for one length and one content in some hundred, so a few bytes of filling in an unknown
field are varied until they do.
"""

from __future__ import annotations

import itertools
import struct
from pathlib import Path

import google_crc32c
from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import statistics_pb2

from shipway.artifacts import ExampleStatistics
from shipway.data.statistics.slices import ALL_EXAMPLES
from shipway.errors import InputError

FILE_NAME = "FeatureStats.pb"
HEADER_BYTES = 12
FOOTER_BYTES = 4
NONCE_BYTES = 4
FILLING_TAG = bytes([15 << 3 | 2])
CHECKSUM_MASK_DELTA = 0xA282EAD8


class DamagedStatistics(InputError):
    """A file that holds no statistics."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{str(path)!r} holds no statistics that can be read ({reason}): run statistics_gen again.")


def write_statistics(path: Path, statistics: statistics_pb2.DatasetFeatureStatisticsList) -> None:
    """Write statistics into a new file; the caller's folder is published as a whole."""
    path.write_bytes(encode_statistics(statistics))


def read_statistics(path: Path) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Read statistics that Shipway or TFX wrote; raises `DamagedStatistics`."""
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    try:
        content = path.read_bytes()
        try:
            statistics.ParseFromString(content)
        except DecodeError:
            statistics.ParseFromString(content[HEADER_BYTES:-FOOTER_BYTES])
    except OSError as error:
        raise DamagedStatistics(path, error.strerror or str(error)) from error
    except DecodeError as error:
        raise DamagedStatistics(path, "it is no DatasetFeatureStatisticsList") from error
    statistics.DiscardUnknownFields()
    if not statistics.datasets:
        raise DamagedStatistics(path, "it is empty")
    return statistics


def read_split_statistics(statistics: ExampleStatistics, split: str) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics of one split; raises `DamagedStatistics`."""
    return read_statistics(statistics.split_path(split) / FILE_NAME)


def overall(statistics: statistics_pb2.DatasetFeatureStatisticsList) -> statistics_pb2.DatasetFeatureStatistics:
    """The statistics of all rows: the data set named "All Examples" when there are slices, else the only one."""
    for dataset in statistics.datasets:
        if dataset.name == ALL_EXAMPLES:
            return dataset
    return statistics.datasets[0]


def encode_statistics(statistics: statistics_pb2.DatasetFeatureStatisticsList) -> bytes:
    """The bytes of a TFRecord of one record that also parse as `statistics`."""
    message = statistics.SerializeToString(deterministic=True)
    for filling in itertools.count(NONCE_BYTES):
        field = FILLING_TAG + _varint(filling)
        length = struct.pack("<Q", len(message) + len(field) + filling)
        header = length + _masked(google_crc32c.value(length))
        if _is_skipped(header):
            break
    start = message + field + bytes(filling - NONCE_BYTES)
    checksum = google_crc32c.value(start)
    for nonce in itertools.count():
        end = struct.pack("<I", nonce)
        footer = _masked(google_crc32c.extend(checksum, end))
        if _is_skipped(footer):
            return header + start + end + footer
    raise AssertionError("unreachable: the nonces are endless")


def _is_skipped(content: bytes) -> bool:
    """Whether a parser reads these bytes as nothing but fields it does not know."""
    probe = statistics_pb2.DatasetFeatureStatisticsList()
    try:
        probe.ParseFromString(content)
    except DecodeError:
        return False
    return not probe.datasets


def _masked(checksum: int) -> bytes:
    """A CRC-32C as TFRecord files hold it: rotated and shifted, four little-endian bytes."""
    rotated = (checksum >> 15 | checksum << 17) & 0xFFFFFFFF
    return struct.pack("<I", (rotated + CHECKSUM_MASK_DELTA) & 0xFFFFFFFF)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
