"""How far two versions' answers to the same rows are from each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shipway.serving.model import Arrays


@dataclass(frozen=True)
class Tolerance:
    """Numbers a (the caller's) and b are the same where |a - b| <= absolute + relative * |a|."""

    relative: float = 1e-4
    absolute: float = 1e-6


@dataclass(frozen=True)
class OutputDifference:
    """Of one output."""

    different_rows: int

    largest_difference: float
    """Absolute, of finite numbers; 0 for strings, and where the two cannot be subtracted."""


@dataclass(frozen=True)
class ShadowComparison:
    """Some rows that two versions answered under the same signature."""

    model: str
    version: int
    """The one whose answers callers got."""

    shadow_version: int
    signature: str
    rows: int

    different_rows: int
    """Rows of which any output differs."""

    outputs: Mapping[str, OutputDifference]


def compare(
    answers: Sequence[Arrays], shadows: Sequence[Arrays], rows: int, tolerance: Tolerance
) -> tuple[int, dict[str, OutputDifference]]:
    """How many of `rows` rows differ, and how each output does.

    Args:
        answers, shadows: outputs by name of the same requests, one after the other; each array [rows, ...].
    """
    is_different = np.zeros(rows, bool)
    outputs = {}
    for name in sorted({*answers[0], *shadows[0]}):
        different, largest = _compare_output(
            [one.get(name) for one in answers], [one.get(name) for one in shadows], rows, tolerance
        )
        outputs[name] = OutputDifference(int(np.count_nonzero(different)), largest)
        is_different |= different
    return int(np.count_nonzero(is_different)), outputs


def _compare_output(
    answers: Sequence[np.ndarray | None], shadows: Sequence[np.ndarray | None], rows: int, tolerance: Tolerance
) -> tuple[np.ndarray, float]:
    """bool[rows], and the largest difference."""
    ours, theirs = _joined(answers), _joined(shadows)
    if ours is None or theirs is None or ours.shape != theirs.shape or len(ours) != rows:
        return np.ones(rows, bool), 0.0
    if ours.dtype.kind not in "biufc" or theirs.dtype.kind not in "biufc":
        return _any_by_row(ours != theirs, rows), 0.0
    ours, theirs = _wide(ours), _wide(theirs)
    with np.errstate(invalid="ignore"):
        gaps = np.abs(ours - theirs)
        is_near = np.isclose(theirs, ours, tolerance.relative, tolerance.absolute, equal_nan=True)
    finite = gaps[np.isfinite(gaps)]
    return _any_by_row(~is_near, rows), float(finite.max()) if finite.size else 0.0


def _joined(arrays: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """All rows, or None where some have none or another shape."""
    present = [array for array in arrays if array is not None and array.ndim]
    if len(present) < len(arrays) or len({array.shape[1:] for array in present}) > 1:
        return None
    return np.concatenate(present)


def _wide(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(np.complex128 if numbers.dtype.kind == "c" else np.float64)


def _any_by_row(is_different: np.ndarray, rows: int) -> np.ndarray:
    return np.asarray(is_different, bool).reshape(rows, -1).any(axis=1)
