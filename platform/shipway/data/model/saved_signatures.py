"""The signatures that a SavedModel declares, read from its file without TensorFlow.

Only the fields that tell of signatures are looked at; the graph between them, nearly all of the file, is passed over.
Field numbers are those of TensorFlow's saved_model.proto, meta_graph.proto and tensor_shape.proto.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from shipway.data.model.signature import Signature, TensorSpec
from shipway.errors import InputError

LARGEST_BYTES = 256 << 20
META_GRAPHS, SIGNATURE_DEF = 2, 5
INPUTS, OUTPUTS, METHOD = 1, 2, 3
NAME, DTYPE, SHAPE = 1, 2, 3
DIM, UNKNOWN_RANK, SIZE = 2, 3, 1
MAP_KEY, MAP_VALUE = 1, 2
VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5
NEGATIVE = 1 << 63
"""From here on a number on the wire is a negative one: the size of a dimension that varies."""

INTERNAL = "__saved_model"
DTYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 8: "complex64",
    9: "int64", 10: "bool", 14: "bfloat16", 17: "uint16", 18: "complex128", 19: "float16", 20: "resource",
    21: "variant", 22: "uint32", 23: "uint64",
}  # fmt: skip
"""types.proto's DataType."""

Fields = dict[int, list[int | memoryview]]


class UnreadableSignatures(InputError):
    """A file that is no SavedModel, or one too large to be looked through."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{str(path)[:500]!r} tells no signatures ({reason}): export the model again.")


def read_saved_signatures(path: Path) -> dict[str, Signature]:
    """The signatures in a `saved_model.pb` by name, without TensorFlow's own. Raises `UnreadableSignatures`."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UnreadableSignatures(path, f"it has more than {LARGEST_BYTES >> 20} MiB")
        saved = _fields(memoryview(path.read_bytes()))
        found = [_entry(one) for graph in saved.get(META_GRAPHS, ()) for one in _fields(graph).get(SIGNATURE_DEF, ())]
        return {name: _signature(name, value) for name, value in found if not name.startswith(INTERNAL)}
    except OSError as error:
        raise UnreadableSignatures(path, error.strerror or "it is not there") from error
    except (IndexError, TypeError, ValueError) as error:
        raise UnreadableSignatures(path, "it is no SavedModel") from error


def _signature(name: str, fields: Fields) -> Signature:
    inputs, outputs = (
        dict(sorted((key, _tensor(key, value)) for key, value in map(_entry, fields.get(number, ()))))
        for number in (INPUTS, OUTPUTS)
    )
    return Signature(name, inputs, outputs, _text(fields, METHOD))


def _tensor(name: str, fields: Fields) -> TensorSpec:
    shape = _fields(fields[SHAPE][-1]) if SHAPE in fields else {}
    dtype = _number(fields, DTYPE)
    return TensorSpec(name, DTYPES.get(dtype, f"type {dtype}"), _sizes(shape), _text(fields, NAME))


def _sizes(shape: Fields) -> tuple[int | None, ...] | None:
    if _number(shape, UNKNOWN_RANK):
        return None
    sizes = [_number(_fields(one), SIZE) for one in shape.get(DIM, ())]
    return tuple(one if one < NEGATIVE else None for one in sizes)


def _entry(entry: int | memoryview) -> tuple[str, Fields]:
    fields = _fields(entry)
    return _text(fields, MAP_KEY), _fields(fields[MAP_VALUE][-1]) if MAP_VALUE in fields else {}


def _number(fields: Fields, number: int) -> int:
    value = fields.get(number, [0])[-1]
    return value if isinstance(value, int) else 0


def _text(fields: Fields, number: int) -> str:
    value = fields.get(number, [memoryview(b"")])[-1]
    return bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview) else ""


def _fields(message: int | memoryview) -> Fields:
    """The fields of a message by number: whole numbers, and the bytes of everything else."""
    if isinstance(message, int):
        raise TypeError("a number where a message should be")
    found: Fields = {}
    for number, value in _walk(message):
        found.setdefault(number, []).append(value)
    return found


def _walk(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        length, at = _varint(message, at) if kind == LENGTH_DELIMITED else ({FIXED64: 8, FIXED32: 4}.get(kind, -1), at)
        if length < 0 or at + length > len(message):
            raise ValueError("the message is cut off")
        yield tag >> 3, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
