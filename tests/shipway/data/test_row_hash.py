import hashlib
import struct

import numpy as np
import pyarrow as pa
import pytest

from shipway.data.row_hash import column_hashes, row_hashes


def hashes(**columns):
    return row_hashes(pa.RecordBatch.from_pydict(columns)).tolist()


ROWS = {
    "i": [1, None, -5],
    "f": [0.5, None, -0.0],
    "s": ["a", "longer than eight bytes", None],
    "l": [[1, 2], [], None],
}
MASK = 2**64 - 1
GAMMA = 0x9E3779B97F4A7C15


def mix(word):
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def value_word(value):
    if isinstance(value, int):
        return value & MASK
    if isinstance(value, float):
        return struct.unpack("<I", struct.pack("<f", value + 0.0))[0]
    word = len(value)
    for start in range(0, len(value), 8):
        chunk = int.from_bytes(value[start : start + 8].encode(), "little")
        word = mix(((word ^ chunk) + GAMMA) & MASK)
    return word


def expected_hash(row):
    total = 0
    for name, value in row.items():
        factor = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") | 1
        values = value if isinstance(value, list) else [] if value is None else [value]
        terms = [mix((value_word(v) + GAMMA * (place + 1)) & MASK) for place, v in enumerate(values)]
        total += sum(terms) * factor
    return mix(total & MASK)


def test_the_hash_is_the_one_that_is_documented():
    rows = [dict(zip(ROWS, values, strict=True)) for values in zip(*ROWS.values(), strict=True)]
    assert hashes(**ROWS) == [expected_hash(row) for row in rows]


def test_the_hash_never_changes():
    # Other numbers here would move rows between the splits of everybody's data.
    assert hashes(**ROWS) == [17504335701011304950, 14489688394454028269, 18161335023991684766]


def test_rows_hash_alike_wherever_they_stand():
    batch = pa.RecordBatch.from_pydict(
        {"a": [1, 2, None, 2], "s": ["x", "a long text", None, "a long text"], "l": [[1], [1, 2], [], [1, 2]]}
    )
    whole = row_hashes(batch)
    assert whole[1] == whole[3]
    assert len(set(whole.tolist())) == 3
    parts = [row_hashes(batch.slice(start, 2)) for start in (0, 1, 2)]
    assert [part.tolist() for part in parts] == [whole[start : start + 2].tolist() for start in (0, 1, 2)]


def test_the_order_and_the_form_of_columns_do_not_count():
    expected = hashes(a=[1, None], b=["x", "y"])
    assert hashes(b=["x", "y"], a=[1, None]) == expected
    assert hashes(a=[[1], None], b=[[b"x"], [b"y"]], nothing=pa.nulls(2)) == expected
    assert (
        hashes(a=pa.array([[1], []], pa.large_list(pa.int64())), b=pa.array(["x", "y"], pa.large_string())) == expected
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": [1]}, {"b": [1]}),
        ({"a": [1], "b": [2]}, {"a": [2], "b": [1]}),
        ({"a": [0]}, {"a": [None]}),
        ({"a": [""]}, {"a": [None]}),
        ({"a": ["x"]}, {"a": ["x\0"]}),
        ({"a": ["12345678"]}, {"a": ["12345678\0"]}),
        ({"a": [[1, 2]]}, {"a": [[2, 1]]}),
        ({"a": [["ab", "c"]]}, {"a": [["a", "bc"]]}),
    ],
)
def test_other_content_has_another_hash(one, other):
    assert hashes(**one) != hashes(**other)


def test_values_that_repeat_hash_as_those_that_do_not():
    words = [None if n % 7 == 0 else f"word {n % 5}" for n in range(3000)]
    alone = [column_hashes(pa.array([word], pa.string()))[0] for word in words]
    assert column_hashes(pa.array(words)).tolist() == alone
    mostly_missing = pa.array([None] * 2000 + words)
    assert column_hashes(mostly_missing).tolist()[2000:] == alone


def test_zeros_and_nans_are_one_value_each():
    values = np.array([0.0, -0.0, np.nan, -np.nan], np.float32)
    zero, minus_zero, nan, minus_nan = column_hashes(pa.array(values)).tolist()
    assert zero == minus_zero
    assert nan == minus_nan != zero


def test_hashes_are_spread_evenly_also_over_neighbouring_numbers():
    counts = np.bincount((column_hashes(pa.array(np.arange(60000))) % np.uint64(3)).astype(int))
    assert counts.tolist() == pytest.approx([20000] * 3, rel=0.03)
    words = pa.array([f"user-{number}" for number in range(30000)])
    assert len(set(column_hashes(words).tolist())) == 30000
