"""What one model says of every row, and which of its outputs is the prediction.

The rules are TFMA's (`metric_util.prepare_labels_and_predictions`): an only output is the prediction; of several it
is the one named by prediction_key, or the first that has a classifier's or regressor's usual name; a classifier that
gives its classes' names beside scores has labels translated to class numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shipway.data.evaluation.errors import PredictionsNotFinite, PredictionUnknown

USUAL_OUTPUTS = ("scores", "outputs", "predictions", "logistic", "probabilities", "logits")
CLASS_NAMES = ("all_classes", "classes")


@dataclass(frozen=True)
class Predictions:
    """Arrays of shape [rows], [rows, classes] or of higher rank, by output name ("" is the only or main output)."""

    outputs: dict[str, np.ndarray]
    vocabulary: list[str] | None = None


class PredictionCollector:
    """Collects the predictions of one model from batch to batch."""

    def __init__(self, model_spec: Any, metrics_specs: Iterable[Any]) -> None:
        self.spec = model_spec
        self.names = _output_names(model_spec.name, metrics_specs)
        self.parts: dict[str, list[np.ndarray]] = {name: [] for name in self.names}
        self.vocabulary: list[str] | None = None
        self.rows = 0

    def add(self, outputs: Mapping[str, np.ndarray]) -> None:
        """Take in a batch; raises `PredictionUnknown` and `PredictionsNotFinite`."""
        if self.vocabulary is None:
            self.vocabulary = _class_names(outputs)
        for name in self.names:
            values = outputs[chosen_output(outputs, self._key(name))]
            self.parts[name].append(self._checked(values))
        self.rows += len(values)

    def finish(self) -> Predictions:
        """The predictions for all rows."""
        return Predictions({name: np.concatenate(parts) for name, parts in self.parts.items()}, self.vocabulary)

    def _key(self, output_name: str) -> str:
        if output_name:
            return self.spec.prediction_keys.get(output_name, output_name)
        return self.spec.prediction_key

    def _checked(self, values: np.ndarray) -> np.ndarray:
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.dtype not in (np.float32, np.float64):
            values = values.astype(np.float64)
        wrong = ~np.isfinite(values)
        if wrong.any():
            rows = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))
            raise PredictionsNotFinite(self.spec.name, len(rows), self.rows + int(rows[0]))
        return values


def chosen_output(outputs: Mapping[str, np.ndarray], key: str) -> str:
    """The name of the output that is the prediction; raises `PredictionUnknown`."""
    if key:
        if key in outputs:
            return key
        if len(outputs) > 1:
            raise PredictionUnknown(key, outputs)
    if len(outputs) == 1:
        return next(iter(outputs))
    for name in USUAL_OUTPUTS:
        if name in outputs:
            return name
    raise PredictionUnknown("", outputs)


def _output_names(model_name: str, metrics_specs: Iterable[Any]) -> list[str]:
    names: dict[str, None] = {}
    for spec in metrics_specs:
        if model_name in spec.model_names:
            names.update(dict.fromkeys(spec.output_names or [""]))
    return list(names)


def _class_names(outputs: Mapping[str, np.ndarray]) -> list[str] | None:
    for name in CLASS_NAMES:
        values = outputs.get(name)
        if values is None or values.dtype.kind not in "OSU" or not len(values):
            continue
        if name == "all_classes" or "scores" in outputs:
            return [value.decode() if isinstance(value, bytes) else str(value) for value in values[0].ravel()]
    return None
