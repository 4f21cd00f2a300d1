"""The labels, predictions and weights that one metric sees: of one model and output, whole or binarized.

Binarization and its order are TFMA's (`metric_util.to_label_prediction_example_weight`): one class against the rest,
the kth largest prediction, or the top k, whose others become -inf unless they are aggregated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from shipway.data.evaluation.columns import Columns
from shipway.data.evaluation.errors import LabelsUnlike, LabelsUnusable
from shipway.data.evaluation.metric_keys import SubKey


class ViewKey(NamedTuple):
    """Which view: `is_micro` treats every class of a row as a row of its own, weighted by `class_weights`."""

    model_name: str
    output_name: str = ""
    sub_key: SubKey | None = None
    is_micro: bool = False
    class_weights: tuple[tuple[int, float], ...] = ()
    weighted: bool = False


@dataclass(frozen=True)
class View:
    """Arrays of equal first dimension: predictions [rows] or [rows, classes]; labels alike, or class numbers [rows].

    `weights` is None where every row counts once, else [rows]; with class weights [rows, classes]. `is_top` says that
    only the top k predictions of each row are positive.
    """

    label_name: str
    labels: np.ndarray
    predictions: np.ndarray
    weights: np.ndarray | None = None
    is_top: bool = False

    @property
    def is_scalar(self) -> bool:
        """One label and one prediction a row."""
        return self.labels.ndim == 1 and self.predictions.ndim == 1

    def paired(self) -> View:
        """The same with one label per prediction: class numbers become one-hot rows."""
        if self.labels.shape == self.predictions.shape:
            return self
        return replace(self, labels=one_hot(self.label_name, self.labels, self.predictions))


def make_view(key: ViewKey, config: Any, columns: Columns) -> View:
    """The view of `key`; raises `LabelsUnlike` and `LabelsUnusable` where labels and predictions do not match."""
    spec = next(spec for spec in config.model_specs if spec.name == key.model_name)
    label_name = spec.label_key or spec.label_keys[key.output_name]
    predictions = columns.predictions[key.model_name]
    view = View(
        label_name,
        class_numbers(label_name, columns.labels[label_name], predictions.vocabulary),
        predictions.outputs[key.output_name],
        _weights(spec, key, columns),
    )
    view = _binarized(view, key)
    return _class_weighted(view, key.class_weights) if key.class_weights else view


def one_hot(label_name: str, labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Class numbers [rows] as [rows, classes] of 0 and 1; -1, a class the model does not know, is all zeros."""
    classes = predictions.shape[-1]
    if labels.ndim != 1 or predictions.ndim != 2:
        shapes = f"a label has shape {list(labels.shape[1:])} and a prediction {list(predictions.shape[1:])}"
        raise LabelsUnlike(label_name, shapes)
    numbers = labels.astype(np.int64)
    wrong = labels[(numbers < -1) | (numbers >= classes)]
    if len(wrong):
        raise LabelsUnlike(label_name, f"it has the class {wrong[0]:g}, and the predicted ones are 0 to {classes - 1}")
    result = np.zeros((len(labels), classes))
    known = np.flatnonzero(numbers >= 0)
    result[known, numbers[known]] = 1.0
    return result


def class_numbers(label_name: str, labels: np.ndarray, vocabulary: list[str] | None) -> np.ndarray:
    """Labels as numbers: text by its place in the vocabulary, -1 where it is not there.

    Raises `LabelsUnusable` for text without a vocabulary.
    """
    if labels.dtype != object:
        return labels
    if vocabulary is None:
        raise LabelsUnusable(
            label_name,
            f"is text ({labels[0]!r}) and the model's outputs do not name its classes",
            "use a label of numbers, or give the model an output 'all_classes' beside its predictions",
        )
    number_of = {name: number for number, name in enumerate(vocabulary)}
    return np.array([number_of.get(text, -1) for text in labels], np.float64)


def _weights(spec: Any, key: ViewKey, columns: Columns) -> np.ndarray | None:
    if not key.weighted:
        return None
    name = spec.example_weight_key or spec.example_weight_keys.get(key.output_name, "")
    return columns.weights[name] if name else None


def _class_weighted(view: View, class_weights: tuple[tuple[int, float], ...]) -> View:
    """Weights per class: 0 for a class that is not listed."""
    shape = view.predictions.shape
    weights = np.zeros(shape[1] if len(shape) > 1 else 1)
    for number, weight in class_weights:
        if number < len(weights):
            weights[number] = weight
    rows = np.ones(shape[0]) if view.weights is None else view.weights
    return replace(view, weights=rows[:, None] * weights if len(shape) > 1 else rows * weights)


def _binarized(view: View, key: ViewKey) -> View:
    sub_key = key.sub_key
    if sub_key is None:
        return view
    if view.predictions.ndim != 2:
        raise LabelsUnlike(view.label_name, "binarize and top_k need a prediction per class, and there is one a row")
    if sub_key.k is not None:
        chosen = _top(view.predictions, sub_key.k, view)[:, :1]
        return _selected(view.paired(), chosen, squeeze=True)
    if sub_key.top_k is not None:
        view = _only_top(view, sub_key.top_k, select=key.is_micro)
    if sub_key.class_id is not None:
        view = view.paired()
        if sub_key.class_id >= view.predictions.shape[1]:
            last = view.predictions.shape[1] - 1
            raise LabelsUnlike(view.label_name, f"class {sub_key.class_id} is asked for, and the last class is {last}")
        return _selected(view, np.full((len(view.predictions), 1), sub_key.class_id), squeeze=True)
    return view


def _only_top(view: View, count: int, *, select: bool) -> View:
    """Each row's `count` largest predictions, the others left out or set to -inf."""
    scores = view.predictions
    chosen = _top(scores, count, view)
    if select:
        return replace(_selected(view.paired(), chosen, squeeze=False), is_top=True)
    masked = np.full(scores.shape, -np.inf, scores.dtype)
    np.put_along_axis(masked, chosen, np.take_along_axis(scores, chosen, axis=1), axis=1)
    return replace(view, predictions=masked, is_top=True)


def _top(scores: np.ndarray, count: int, view: View) -> np.ndarray:
    """The columns of each row's `count` largest scores, the smallest of them first."""
    if scores.shape[1] < count:
        raise LabelsUnlike(view.label_name, f"the top {count} of {scores.shape[1]} classes are asked for")
    return np.argpartition(scores, -count, axis=1)[:, -count:]


def _selected(view: View, chosen: np.ndarray, *, squeeze: bool) -> View:
    labels = np.take_along_axis(view.labels, chosen, axis=1)
    predictions = np.take_along_axis(view.predictions, chosen, axis=1)
    if squeeze:
        labels, predictions = labels[:, 0], predictions[:, 0]
    return replace(view, labels=labels, predictions=predictions)
