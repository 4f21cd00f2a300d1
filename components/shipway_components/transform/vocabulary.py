"""Vocabularies, counted and written without a Beam transform for each detail.

What comes out is byte for byte what TF Transform writes. Tokens are counted a batch at a time, and a vocabulary is
filtered, sorted and written as the one list that it is.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
from apache_beam import pvalue
from tensorflow_transform import analyzer_nodes, analyzers, nodes
from tensorflow_transform.beam import analyzer_impls

from shipway.data.beam import LocalFunction

Entry = tuple[Any, Any]
"""A token behind its count, or another measure by which tokens are ordered."""


def vocabulary_transform(operation: nodes.OperationDef, folder: Path) -> beam.PTransform | None:
    """The transform for an operation of a vocabulary, which writes into `folder`; None for what is left to TFT."""
    if isinstance(operation, analyzer_nodes.VocabularyAccumulate):
        frequency = operation.vocab_ordering_type == analyzers._VocabOrderingType.FREQUENCY
        return _CountTokens() if frequency else None
    if isinstance(operation, analyzer_nodes.VocabularyPrune) and operation.key_fn is None:
        return _OnWhole(lambda entries: prune(entries, operation))
    if isinstance(operation, analyzer_nodes.VocabularyOrderAndWrite) and operation.file_format == "text":
        return _OnWhole(lambda entries: [write(entries, operation, folder)])
    return None


def prune(entries: Iterable[Entry], operation: analyzer_nodes.VocabularyPrune) -> list[Entry]:
    """The entries that pass the thresholds, as (measure, token as bytes); with `top_k` the largest, in order."""
    kept = [(_measure(value), token) for value, token in entries if _passes(value, operation)]
    if operation.input_dtype != tf.string.name:
        kept = [(value, tf.compat.as_bytes(tf.compat.as_str_any(token))) for value, token in kept]
    if operation.top_k is None:
        return kept
    return analyzer_impls.maybe_add_empty_vocabulary_dummy(heapq.nlargest(operation.top_k, kept), operation.input_dtype)


def write(entries: list[Entry], operation: analyzer_nodes.VocabularyOrderAndWrite, folder: Path) -> np.ndarray:
    """Writes a vocabulary in its order, one token a line; returns the path of its file."""
    path = folder / operation.vocab_filename
    if operation.input_is_sorted:
        ordered = entries
    elif operation.fingerprint_shuffle:
        ordered = sorted(entries, key=_fingerprint)
    else:
        ordered = sorted(entries, reverse=True)
    ordered = analyzer_impls.maybe_add_empty_vocabulary_dummy(ordered, operation.input_dtype)
    if operation.store_frequency:
        lines = [analyzer_impls._count_and_token_to_bytes(value, token) for value, token in ordered]
    else:
        lines = [token for _, token in ordered]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines(line + b"\n" for line in lines)
    return np.array(str(path))


class _CountTokens(beam.PTransform):
    """(token, count) for each distinct token."""

    def expand(self, batches: pvalue.PCollection) -> pvalue.PCollection:
        return batches | beam.CombineGlobally(_TokenCounts()) | beam.FlatMap(lambda counts: counts.items())


class _TokenCounts(beam.CombineFn):
    def create_accumulator(self) -> Counter[Any]:
        return Counter()

    def add_input(self, mutable_accumulator: Counter[Any], element: tuple[np.ndarray]) -> Counter[Any]:
        (tokens,) = element
        mutable_accumulator.update(tokens.tolist())
        return mutable_accumulator

    def merge_accumulators(self, accumulators: Iterable[Counter[Any]]) -> Counter[Any]:
        merged, *others = accumulators
        for counts in others:
            merged.update(counts)
        return merged

    def extract_output(self, accumulator: Counter[Any]) -> Counter[Any]:
        return accumulator


class _OnWhole(beam.PTransform):
    """What a function makes of all elements together."""

    def __init__(self, function: Callable[[list[Any]], Iterable[Any]]):
        super().__init__()
        self._function = LocalFunction(function)

    def expand(self, elements: pvalue.PCollection) -> pvalue.PCollection:
        return elements | beam.combiners.ToList() | beam.FlatMap(self._function)


def _passes(value: Any, operation: analyzer_nodes.VocabularyPrune) -> bool:
    informativeness, frequency = value if isinstance(value, tuple) else (float("inf"), value)
    threshold = operation.frequency_threshold or 0
    return bool(frequency >= threshold and informativeness >= operation.informativeness_threshold)


def _measure(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


def _fingerprint(entry: Entry) -> bytes:
    return hashlib.sha1(entry[1], usedforsecurity=False).digest()
