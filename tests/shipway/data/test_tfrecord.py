import gzip

import pytest

from shipway.data.errors import DamagedRecords
from shipway.data.tfrecord import CHUNK, RecordWriter, frame_records, masked_crc, read_records

RECORDS = [b"", b"one", b"\x00" * 1000, b"last"]


def written(path, content):
    path.write_bytes(content)
    return path


def test_the_checksum_is_the_published_one():
    # The framing of one record b"foo" as TensorFlow's TFRecordWriter writes it.
    expected = bytes.fromhex("0300000000000000") + masked_crc(b"\x03" + bytes(7)).to_bytes(4, "little") + b"foo"
    assert frame_records([b"foo"])[:15] == expected
    # CRC-32C of "123456789" is 0xE3069283 (RFC 3720, appendix B.4 uses the same polynomial).
    assert masked_crc(b"123456789") == (((0xE3069283 >> 15) | (0xE3069283 << 17)) + 0xA282EAD8) & 0xFFFFFFFF


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_records_come_back_in_batches(tmp_path, pack):
    path = written(tmp_path / "data", pack(frame_records(RECORDS)))
    assert list(read_records(path, 3)) == [RECORDS[:3], RECORDS[3:]]


def test_several_gzip_streams_after_each_other_are_one_file(tmp_path):
    streams = gzip.compress(frame_records(RECORDS[:2])) + gzip.compress(frame_records(RECORDS[2:]))
    assert list(read_records(written(tmp_path / "data.gz", streams), 10)) == [RECORDS]


def test_a_record_may_be_longer_than_what_is_read_at_once(tmp_path):
    records = [b"a", bytes(CHUNK + 7), b"b"]
    assert list(read_records(written(tmp_path / "data", frame_records(records)), 10)) == [records]


def test_what_is_written_is_read(tmp_path):
    writer = RecordWriter(tmp_path / "data.gz")
    writer.write(RECORDS[:1])
    writer.write(RECORDS[1:])
    writer.close()
    assert list(read_records(tmp_path / "data.gz", 10)) == [RECORDS]
    assert (tmp_path / "data.gz").read_bytes()[:2] == b"\x1f\x8b"


def test_an_empty_file_has_no_records(tmp_path):
    assert list(read_records(written(tmp_path / "data", b""), 10)) == []


def damage(position, framed):
    return framed[:position] + bytes([framed[position] ^ 1]) + framed[position + 1 :]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (damage(16 + 12, frame_records(RECORDS)), r"at record 1 \(its checksum is wrong\)"),
        (damage(16, frame_records(RECORDS)), r"at record 1 \(the checksum of its length is wrong\)"),
        (frame_records(RECORDS)[:-1], r"at record 3 \(the file ends in the middle of it\)"),
        (frame_records(RECORDS)[:20], r"at record 1 \(the file ends in the middle of it\)"),
        (gzip.compress(frame_records(RECORDS))[:-9], r"its gzip compression ends early"),
        (gzip.compress(frame_records(RECORDS))[:10] + b"\xff" * 20, r"its gzip compression is broken"),
    ],
)
def test_a_damaged_file_is_named_with_the_record(tmp_path, content, problem):
    path = written(tmp_path / "data", content)
    with pytest.raises(DamagedRecords, match=problem) as caught:
        list(read_records(path, 10))
    assert str(path) in str(caught.value)
