"""The inputs of a fitted scikit-learn model, and the table that it takes made of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

import numpy as np

from shipway.data.model.signature import TensorSpec
from shipway.serving.model import Arrays
from shipway.serving.runtimes.sklearn_columns import Seen, seen_values, takes_documents

INPUTS = "inputs"

NUMBER, TEXT = "float64", "string"


class Inputs(Protocol):
    """What a model is given, and how that becomes its table."""

    specs: dict[str, TensorSpec]

    def table(self, feed: Arrays) -> Any:
        """Raises `ValueError` for what is no text."""

    def example(self) -> dict[str, np.ndarray]:
        """One row that the model can most likely take: zeros, and texts that it has seen."""


class Matrix:
    """One input: numbers or texts [rows, columns], or documents [rows]."""

    def __init__(self, columns: int | None, seen: Seen, *, is_text: bool) -> None:
        shape = (None,) if columns is None else (None, columns)
        self.specs = {INPUTS: TensorSpec(INPUTS, TEXT if is_text else NUMBER, shape)}
        row = [seen.get(number, "" if is_text else 0.0) for number in range(columns or 1)]
        self._example = np.array(row, object if is_text else np.float64).reshape([size or 1 for size in shape])
        self._is_text = is_text

    def table(self, feed: Arrays) -> Any:
        return _texts(feed[INPUTS]) if self._is_text else feed[INPUTS]

    def example(self) -> dict[str, np.ndarray]:
        return {INPUTS: self._example}


class Columns:
    """An input for each column; a table with the columns' names where the model knows them."""

    def __init__(self, names: list[str], seen: Seen, *, are_known: bool) -> None:
        self._row = {name: seen.get(number, 0.0) for number, name in enumerate(names)}
        kinds = {name: TEXT if isinstance(value, str) else NUMBER for name, value in self._row.items()}
        self.specs = {name: TensorSpec(name, kind, (None,)) for name, kind in kinds.items()}
        self._table_with_names = import_module("pandas").DataFrame if are_known else None

    def table(self, feed: Arrays) -> Any:
        columns = {name: _texts(feed[name]) if spec.dtype == TEXT else feed[name] for name, spec in self.specs.items()}
        if self._table_with_names is None:
            return np.array(list(columns.values()), object).T
        return self._table_with_names(columns)

    def example(self) -> dict[str, np.ndarray]:
        return {name: np.array([self._row[name]], spec.numpy_dtype) for name, spec in self.specs.items()}


def inputs_of(estimator: Any) -> Inputs:
    """The inputs of a fitted estimator."""
    count: int | None = getattr(estimator, "n_features_in_", None)
    if count is None or takes_documents(estimator):
        return Matrix(None, {}, is_text=True)
    names = [str(name) for name in getattr(estimator, "feature_names_in_", ())]
    seen = seen_values(estimator, names)
    texts = sum(isinstance(value, str) for value in seen.values())
    if names:
        return Columns(names, seen, are_known=True)
    if 0 < texts < count:
        return Columns([f"x{number}" for number in range(count)], seen, are_known=False)
    return Matrix(count, seen, is_text=texts == count)


def _texts(values: np.ndarray) -> np.ndarray:
    decoded = [value.decode() if isinstance(value, bytes) else str(value) for value in values.ravel().tolist()]
    return np.array(decoded, object).reshape(values.shape)
