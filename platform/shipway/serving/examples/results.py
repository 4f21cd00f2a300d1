"""The model's outputs as classes with scores, or as values: one entry an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from shipway.serving.examples.signatures import CLASSES, OUTPUTS, SCORES
from shipway.serving.faults import InvalidRequest


class UnfitOutput(InvalidRequest):
    """An output that is no answer to the question."""


class ScoredClass(NamedTuple):
    """A class and its score; a signature that gives only one of them leaves the other at its default."""

    label: str = ""
    score: float = 0.0


def classifications(outputs: Mapping[str, np.ndarray], rows: int) -> list[list[ScoredClass]]:
    """For each example its classes, in the model's order.

    Args:
        outputs: `classes`, strings [rows, classes], or `scores`, float32 [rows, classes], or both.

    Raises:
        UnfitOutput: they are not of these types and shapes.
    """
    classes, scores = outputs.get(CLASSES), outputs.get(SCORES)
    if classes is not None:
        _check(CLASSES, classes, rows, classes.dtype.kind in "OSU", "DT_STRING")
    if scores is not None:
        _check(SCORES, scores, rows, scores.dtype == np.float32, "DT_FLOAT")
    if classes is not None and scores is not None and classes.shape[1] != scores.shape[1]:
        raise UnfitOutput(
            f"Tensors class and score should match in dim_size(1). Got {classes.shape[1]} vs. {scores.shape[1]}."
        )
    labels = None if classes is None else [[_text(value) for value in row] for row in classes.tolist()]
    if scores is None:
        return [[ScoredClass(label) for label in row] for row in labels or []]
    if labels is None:
        return [[ScoredClass(score=score) for score in row] for row in scores.tolist()]
    return [list(map(ScoredClass, *pair)) for pair in zip(labels, scores.tolist(), strict=True)]


def regressions(outputs: Mapping[str, np.ndarray], rows: int) -> list[float]:
    """For each example its value.

    Args:
        outputs: `outputs`, float32 [rows] or [rows, 1].

    Raises:
        UnfitOutput: it is not of this type and shape.
    """
    values = outputs[OUTPUTS]
    if values.ndim != 1 and not (values.ndim == 2 and values.shape[1] == 1):
        raise UnfitOutput(
            f"Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got {list(values.shape)}."
        )
    if len(values) != rows:
        raise UnfitOutput(f"Input batch size did not match output batch size: {rows} vs. {len(values)}.")
    if values.dtype != np.float32:
        raise UnfitOutput(f"Expected output Tensor of DT_FLOAT. Got: {values.dtype}.")
    flat: list[float] = values.ravel().tolist()
    return flat


def _check(name: str, values: np.ndarray, rows: int, is_of_type: bool, wanted: str) -> None:
    if values.ndim != 2:
        raise UnfitOutput(
            f"Expected Tensor shape: [batch_size num_classes] but the output {name!r} has {list(values.shape)}."
        )
    if not is_of_type:
        raise UnfitOutput(f"Expected {name} Tensor of {wanted}. Got: {values.dtype}.")
    if len(values) != rows:
        raise UnfitOutput(f"Expected {name} output batch size of {rows}. Got: {len(values)}.")


def _text(value: object) -> str:
    """Labels are text in the answer, and models may give any bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
