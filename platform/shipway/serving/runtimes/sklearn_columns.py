"""Values that a fitted scikit-learn model has seen in its columns, which also tell the columns that take texts.

A fitted estimator knows how many columns it takes and often their names, but not their types. They show in what it
learned: categories, a vocabulary, a most frequent value.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

Seen = dict[int, str | float]
"""Column numbers, each with a value of it."""

ANY_TEXT = ""


def seen_values(estimator: Any, names: Sequence[str]) -> Seen:
    """A value for each column of `estimator` that shows one: a text where it takes texts.

    Args:
        names: those of all columns, empty where they have none.
    """
    if hasattr(estimator, "best_estimator_"):
        return seen_values(estimator.best_estimator_, names)
    if hasattr(estimator, "steps"):
        steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
        return seen_values(steps[0], names) if steps else {}
    if hasattr(estimator, "transformers_"):
        return _of_column_transformer(estimator, names)
    if hasattr(estimator, "transformer_list"):
        return _united(seen_values(transformer, names) for _, transformer in estimator.transformer_list)
    if hasattr(estimator, "categories_"):
        return _values(categories[0] if len(categories) else None for categories in estimator.categories_)
    if hasattr(estimator, "statistics_"):
        return _values(estimator.statistics_)
    return {0: ANY_TEXT} if takes_documents(estimator) else {}


def takes_documents(estimator: Any) -> bool:
    """Whether the estimator, or its first step, takes texts themselves instead of columns, and splits them up."""
    if hasattr(estimator, "best_estimator_"):
        return takes_documents(estimator.best_estimator_)
    if hasattr(estimator, "steps"):
        return takes_documents(estimator.steps[0][1])
    return hasattr(estimator, "build_analyzer")


def _of_column_transformer(estimator: Any, names: Sequence[str]) -> Seen:
    found: Seen = {}
    for _, transformer, columns in estimator.transformers_:
        if isinstance(transformer, str):  # "drop" or "passthrough"
            continue
        chosen = _positions(columns, names, estimator.n_features_in_)
        inner = seen_values(transformer, [names[position] for position in chosen] if names else [])
        found.update({chosen[position]: value for position, value in inner.items()})
    return found


def _positions(columns: Any, names: Sequence[str], count: int) -> list[int]:
    """The numbers of the columns that a part of a ColumnTransformer takes, in its order."""
    if isinstance(columns, slice):
        start, stop = (list(names).index(end) if isinstance(end, str) else end for end in (columns.start, columns.stop))
        if isinstance(columns.stop, str):
            stop += 1  # a slice of names has its end
        return list(range(count))[start : stop : columns.step]
    chosen = np.atleast_1d(np.asarray(columns, dtype=None if len(np.atleast_1d(columns)) else int))
    if chosen.dtype == bool:
        return [int(number) for number in np.flatnonzero(chosen)]
    return [list(names).index(name) if isinstance(name, str) else int(name) % count for name in chosen.tolist()]


def _united(parts: Iterable[Seen]) -> Seen:
    return {number: value for part in parts for number, value in part.items()}


def _values(values: Iterable[Any]) -> Seen:
    seen: Seen = {}
    for number, value in enumerate(values):
        if isinstance(value, str):
            seen[number] = str(value)
        elif isinstance(value, numbers.Real) and math.isfinite(value):
            seen[number] = float(value)
    return seen
