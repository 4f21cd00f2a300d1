"""Packed repeated fields written from an array's own bytes, which is many times quicker than value by value."""

from __future__ import annotations

VARINT_BITS = 0x7F
LENGTH_DELIMITED = 2


def packed(field_number: int, data: bytes) -> bytes:
    """A packed field on the wire, to be merged into its message.

    Args:
        field_number: below 16.
        data: the elements as protobuf writes them; for floats and bools that is how arrays hold them.
    """
    length, head = len(data), bytearray((field_number << 3 | LENGTH_DELIMITED,))
    while length > VARINT_BITS:
        head.append(length & VARINT_BITS | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head) + data
