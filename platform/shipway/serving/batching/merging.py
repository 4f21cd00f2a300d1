"""The inputs of several calls as the arrays of one batch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.call import Call, Column, Row

ONLY_LISTS = {list}


def merge(calls: Sequence[Call], signature: Signature, rules: BatchingRules) -> dict[str, np.ndarray]:
    """The inputs of `calls`, one after the other, each [rows of all, ...] and of its signature's dtype.

    Raises:
        ValueError: inner dimensions differ and are not to be padded, or some were left out: what looks like rows would
            then be one request's features beside another's.
    """
    rows = _plain_rows(calls, tuple(signature.inputs))
    if rows is not None:
        specs = signature.inputs.items()
        return {
            name: np.array(column, spec.numpy_dtype)
            for (name, spec), column in zip(specs, zip(*rows, strict=True), strict=True)
        }
    if len(calls) == 1:
        feed = calls[0].feed
        return {name: _array(feed[name], spec) for name, spec in signature.inputs.items()}
    return {name: _merged([call.feed[name] for call in calls], spec, rules) for name, spec in signature.inputs.items()}


def _plain_rows(calls: Sequence[Call], names: tuple[str, ...]) -> list[tuple[Any, ...]] | None:
    """The tuples of calls that are all a plain `Row` of these inputs."""
    rows = []
    for call in calls:
        feed = call.feed
        if type(feed) is not Row or feed.names != names:
            return None
        rows.append(feed.row)
    return rows


def pad_rows(feed: dict[str, np.ndarray], rows: int, wanted: int) -> dict[str, np.ndarray]:
    """Each input with its first row repeated until there are `wanted` rows."""
    missing = wanted - rows
    return {name: np.concatenate([array, np.repeat(array[:1], missing, axis=0)]) for name, array in feed.items()}


def next_allowed_size(rows: int, sizes: Sequence[int]) -> int:
    """The smallest allowed size that has room for `rows`, or `rows` where none has."""
    return next((size for size in sizes if size >= rows), rows)


def _array(column: Column, spec: TensorSpec) -> np.ndarray:
    return np.array(column, spec.numpy_dtype) if isinstance(column, list) else column


def _merged(columns: list[Column], spec: TensorSpec, rules: BatchingRules) -> np.ndarray:
    if set(map(type, columns)) == ONLY_LISTS:
        merged = np.array(list(chain.from_iterable(columns)), spec.numpy_dtype)
    else:
        arrays = [_array(column, spec) for column in columns]
        if rules.pad_variable_length_inputs and len({array.shape[1:] for array in arrays}) > 1:
            arrays = _padded(arrays)
        merged = np.concatenate(arrays)
    if spec.shape is not None and merged.ndim != len(spec.shape):
        raise ValueError(f"the input {spec.name!r} has {merged.ndim} dimensions and not those of {spec}")
    return merged


def _padded(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Inner dimensions grown to the largest, filled with each array's first element, as TensorFlow Serving fills."""
    largest = np.max([array.shape[1:] for array in arrays], axis=0)
    padded = []
    for array in arrays:
        filler = array.flat[0] if array.size else np.zeros((), array.dtype)[()]
        grown = np.full((len(array), *largest), filler, array.dtype)
        grown[tuple(slice(size) for size in array.shape)] = array
        padded.append(grown)
    return padded
