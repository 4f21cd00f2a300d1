"""The fields of InferTensorContents in which each datatype travels when it is not sent raw."""

from __future__ import annotations

from typing import NamedTuple


class ContentsField(NamedTuple):
    """A typed field: its name, its number where arrays can be written to it as they are, and whether its elements are
    wider than the datatype's."""

    name: str
    packed_number: int | None = None
    is_wider: bool = False


FIELDS = {
    "BOOL": ContentsField("bool_contents", 1),
    "INT8": ContentsField("int_contents", is_wider=True),
    "INT16": ContentsField("int_contents", is_wider=True),
    "INT32": ContentsField("int_contents"),
    "INT64": ContentsField("int64_contents"),
    "UINT8": ContentsField("uint_contents", is_wider=True),
    "UINT16": ContentsField("uint_contents", is_wider=True),
    "UINT32": ContentsField("uint_contents"),
    "UINT64": ContentsField("uint64_contents"),
    "FP32": ContentsField("fp32_contents", 6),
    "FP64": ContentsField("fp64_contents", 7),
    "BYTES": ContentsField("bytes_contents"),
}
"""16-bit floats are not here: they travel raw."""
