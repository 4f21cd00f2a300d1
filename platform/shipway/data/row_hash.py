"""A 64-bit hash of a row's content, the same on every machine, in every run and whatever order columns and files have.

The hash of a value: its 64 bits (an integer as it is, a float32's bits with one zero and one NaN, bytes folded in
little-endian words of eight, the last one padded with zeros, starting from their length) through the finaliser of
SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). A value at position p of
a list adds p times the golden gamma before it; a scalar is a list of one. A column's hash is the sum over its
values, times an odd number made from its name (BLAKE2b); a missing value adds nothing. The row's hash is the
finalised sum of its columns.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa

from shipway.data.columns import is_list, list_lengths

GAMMA = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
ONE_NAN = np.uint32(0x7FC00000)
WORD = 8
SAMPLE = 1024


def row_hashes(batch: pa.RecordBatch) -> np.ndarray:
    """uint64[rows]: the hash of each row's content."""
    total = np.zeros(batch.num_rows, np.uint64)
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        total += _column_sums(column) * _name_factor(name)
    return _mix(total)


def column_hashes(column: pa.Array) -> np.ndarray:
    """uint64[rows]: the hash of each row's values in one column, independent of the column's name."""
    return _mix(_column_sums(column))


def _name_factor(name: str) -> np.uint64:
    digest = hashlib.blake2b(name.encode(), digest_size=WORD).digest()
    return np.uint64(int.from_bytes(digest, "little") | 1)


def _mix(words: np.ndarray) -> np.ndarray:
    words = (words ^ (words >> np.uint64(30))) * FIRST
    words = (words ^ (words >> np.uint64(27))) * SECOND
    return words ^ (words >> np.uint64(31))


def _column_sums(column: pa.Array) -> np.ndarray:
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.uint64)
    if not is_list(column.type):
        hashes = _mix(_value_bits(column) + GAMMA)
        if column.null_count:
            hashes[column.is_null().to_numpy(zero_copy_only=False)] = 0
        return hashes
    ends = np.cumsum(list_lengths(column).to_numpy(zero_copy_only=False), dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])[: len(ends)]
    values = column.flatten()
    positions = np.arange(len(values)) - np.repeat(starts, ends - starts)
    hashes = _mix(_value_bits(values) + GAMMA * (positions + 1).astype(np.uint64))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(hashes, dtype=np.uint64)])
    return sums[ends] - sums[starts]


def _value_bits(column: pa.Array) -> np.ndarray:
    """uint64[rows]: what is hashed of each value; what stands for a missing one is undefined."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return column.cast(pa.int64()).fill_null(0).to_numpy().view(np.uint64)
    if pa.types.is_floating(kind):
        values = column.cast(pa.float32(), safe=False).fill_null(0).to_numpy() + np.float32(0)
        return np.where(np.isnan(values), ONE_NAN, values.view(np.uint32)).astype(np.uint64)
    if not _repeats(column):
        return _bytes_bits(column)
    encoded = column.dictionary_encode()
    return _bytes_bits(encoded.dictionary)[encoded.indices.fill_null(0).to_numpy()]


def _repeats(column: pa.Array) -> bool:
    """Whether values come so often that it pays to hash each one once."""
    sample = column.slice(0, SAMPLE).drop_null()
    return len(column) > SAMPLE and 0 < len(sample.unique()) <= SAMPLE // 8


def _bytes_bits(column: pa.Array) -> np.ndarray:
    large = pa.types.is_large_binary(column.type) or pa.types.is_large_string(column.type)
    offsets = np.frombuffer(column.buffers()[1], np.int64 if large else np.int32)
    offsets = offsets[column.offset : column.offset + len(column) + 1].astype(np.int64)
    lengths = np.diff(offsets)
    data = column.buffers()[2]
    padded = np.zeros(int(offsets[-1] - offsets[0]) + WORD, np.uint8)
    if data is not None:
        padded[:-WORD] = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    words: np.ndarray = np.ndarray(len(padded) - WORD + 1, "<u8", buffer=padded.data, strides=(1,))
    return _fold(words, offsets[:-1] - offsets[0], lengths)


def _fold(words: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Fold each value's words into one; `words[i]` is the word that starts at byte i."""
    state = lengths.astype(np.uint64)
    rows: slice | np.ndarray = slice(None)
    done = 0
    longest = int(lengths.max(initial=0))
    while done < longest:
        left = lengths[rows] - done
        word = words[starts[rows] + done]
        unused = np.clip(WORD - left, 0, WORD).astype(np.uint64) * np.uint64(8)
        state[rows] = _mix((state[rows] ^ ((word << unused) >> unused)) + GAMMA)
        done += WORD
        rows = np.flatnonzero(lengths > done)
    return state
