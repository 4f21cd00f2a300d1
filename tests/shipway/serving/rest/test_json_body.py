"""Bodies are read as TensorFlow Serving reads them, and what is wrong with others is said in a short sentence."""

import math
from time import process_time

import pytest

from shipway.serving.rest.json_body import BadJson, NoObject, quoted, read_object


def test_numbers_that_are_not_finite_are_read():
    got = read_object(b'{"a": [NaN, Infinity, -Infinity, Inf, -Inf, "Inf \\" Inf"]}')["a"]
    assert math.isnan(got[0])
    assert got[1:] == [math.inf, -math.inf, math.inf, -math.inf, 'Inf " Inf']


def test_a_byte_order_mark_is_passed_over():
    assert read_object(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    assert math.isnan(read_object(b'\xef\xbb\xbf{"a": NaN}')["a"])


def test_whole_numbers_beyond_64_bits_are_floats_with_and_without_nan():
    assert read_object(b'{"a": [100000000000000000000]}') == {"a": [1e20]}
    assert read_object(b'{"a": [100000000000000000000, 18446744073709551615], "b": NaN}')["a"] == [1e20, 2**64 - 1]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "JSON Parse error: The document is empty"),
        (b"instances = [1, 2]", "JSON Parse error"),
        (b'{"instances": [1', "JSON Parse error"),
        (b'{"instances": [1]} {"instances": [2]}', "unexpected content after document"),
        (b'{"a": "\xff"}', "not valid UTF-8"),
        (b'{"a": "\xff", "b": NaN}', "not valid UTF-8"),
        (b'{"a": "\xed\xa0\x80", "b": NaN}', "not valid UTF-8"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": NaN, "b": "\\ud800"}', "JSON Parse error"),
        (b'{"a": nan}', "JSON Parse error"),
        (b'{"a": 1e400}', "infinity"),
        (b'{"a": [NaN, ' + b"9" * 5000 + b"]}", "JSON Parse error"),
        (b"[" * 5000 + b"NaN" + b"]" * 5000, "JSON Parse error"),
        (b'\xef\xbb\xbf{"a"', "end of data"),
    ],
)
def test_what_is_no_json_is_told(body, reason):
    with pytest.raises(BadJson, match=reason) as caught:
        read_object(body)
    assert len(str(caught.value)) < 300


def test_a_string_without_an_end_takes_no_longer_than_others():
    body = b'{"instances": [NaN, "' + b'\\"' * 20_000
    started = process_time()
    with pytest.raises(BadJson):
        read_object(body)
    assert process_time() - started < 1.0


@pytest.mark.parametrize("body", [b"[1]", b"1", b'"text"', b"null", b"NaN", b"[" * 1000 + b"]" * 1000])
def test_json_that_is_no_object_is_told_and_quoted_in_part(body):
    with pytest.raises(NoObject, match="Is not object") as caught:
        read_object(body)
    assert len(str(caught.value)) < 400


def test_only_the_beginning_of_a_value_is_quoted():
    assert quoted({"a": ["é", None]}) == '{"a": ["é", null]}'
    assert quoted("x" * 1000) == '"' + "x" * 255 + "..."
    assert quoted(float("nan")) == "NaN"
