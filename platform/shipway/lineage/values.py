"""Python values as ML Metadata's, and back.

Its engine builds SQL by text: a NUL character would cut a string short there, and NaN and infinity would be taken for
column names, so those are written as TFX writes them, by name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from shipway.lineage.protos import Value
from shipway.lineage.records import MetadataValue

KIND_FIELDS = {int: "int_value", float: "double_value", str: "string_value"}
INT64 = range(-(2**63), 2**63)


def clean(text: str) -> str:
    """`text` without what the store cannot hold: NUL and lone surrogates (undecodable bytes of a file name)."""
    return text.replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode("utf-8")


def to_value(value: Any) -> Value:
    """int, float and str as themselves, bool as 0 or 1, everything else as JSON text with sorted keys."""
    if isinstance(value, str):
        return Value(string_value=clean(value))
    if isinstance(value, int):
        return Value(int_value=int(value)) if value in INT64 else Value(string_value=str(value))
    if isinstance(value, float):
        return Value(double_value=value) if math.isfinite(value) else Value(string_value=json.dumps(value))
    return Value(string_value=clean(json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)))


def from_value(value: Value) -> MetadataValue:
    kind = value.WhichOneof("value")
    if kind == "struct_value":
        return json.dumps(dict(value.struct_value), sort_keys=True, default=str)
    if kind == "bool_value":
        return int(value.bool_value)
    return getattr(value, kind) if kind else ""


def from_values(*groups: Mapping[str, Value]) -> dict[str, MetadataValue]:
    return {name: from_value(value) for group in groups for name, value in group.items()}
