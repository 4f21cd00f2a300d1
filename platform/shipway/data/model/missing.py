"""How a missing value travels in a dense tensor of a named feature.

A serialized tf.Example simply leaves a missing feature out; a dense tensor cannot. A model's signature of named raw
features therefore reads these markers as "no value", and whoever feeds it writes them, so that both ways into the
model agree. They are part of the serving contract of every model that Shipway exports.
"""

from __future__ import annotations

MISSING_STRING = b""
MISSING_FLOAT = float("nan")
MISSING_INT64 = -(2**63)


def missing_marker(dtype: str) -> bytes | float | int:
    """What stands for "no value" in a tensor of this dtype, given by its name."""
    if dtype == "string":
        return MISSING_STRING
    return MISSING_FLOAT if dtype.startswith("float") else MISSING_INT64
