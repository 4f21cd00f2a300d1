"""What counts as the same key: Beam compares encoded keys, Python compares values (1, 1.0 and True are one key)."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from apache_beam.coders import coders

_CODER = coders.FastPrimitivesCoder()
_DETERMINISTIC = _CODER.as_deterministic_coder("GroupByKey")


def grouping_key(key: Any) -> Hashable:
    """A hashable stand-in for `key`, equal for two keys exactly when Beam would group them together."""
    if type(key) is str or type(key) is bytes or key is None:
        return key
    try:
        return (_DETERMINISTIC.encode(key),)
    except TypeError:
        return (_CODER.encode(key),)
