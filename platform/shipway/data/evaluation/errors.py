"""What can be wrong with an evaluation's configuration or data, each as the one sentence a person needs.

The tree::

    InputError
     ├─ EvalConfigInvalid, EvalConfigField, UnknownMetric, MetricOptions     eval_config
     ├─ UnknownColumnFor, TooManySlices                                      what it names in the examples
     ├─ LabelsUnusable, WeightsUnusable, NothingToEvaluate                   labels and weights
     └─ PredictionUnknown, PredictionsNotFinite, LabelsUnlike                what the model says
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from shipway.data.errors import listing
from shipway.errors import InputError


class EvalConfigInvalid(InputError):
    """The configuration contradicts itself or leaves out what evaluation needs."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"eval_config {problem}: {remedy}.")


class EvalConfigField(InputError):
    """The configuration is not the JSON form of TFMA's EvalConfig."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"eval_config is not the JSON form of tfma.EvalConfig: {reason}")


class UnknownMetric(InputError):
    """A metric that neither Shipway nor TFMA nor Keras has."""

    def __init__(self, class_name: str, module: str, known: Iterable[str]) -> None:
        where = f" in the module {module!r}" if module else ""
        close = difflib.get_close_matches(class_name, sorted(known), n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "tfma.metrics and tf_keras.metrics list them."
        super().__init__(f"There is no metric {class_name!r}{where}: {hint}")


class MetricOptions(InputError):
    """A metric's config is not a JSON object, or holds values that the metric cannot have."""

    def __init__(self, class_name: str, config: str, problem: str) -> None:
        super().__init__(f"The config {config!r} of the metric {class_name!r} {problem}.")


class UnknownColumnFor(InputError):
    """eval_config names a feature that the examples lack."""

    def __init__(self, purpose: str, column: str, columns: Iterable[str]) -> None:
        super().__init__(
            f"The {purpose} {column!r} of eval_config is not in the examples: their features are {listing(columns)}."
        )


class TooManySlices(InputError):
    """A slicing feature with almost as many values as rows."""

    def __init__(self, features: Iterable[str], count: int, limit: int) -> None:
        super().__init__(
            f"Slicing by {' and '.join(features)} gives {count} slices, and {limit} is the limit: slice by a feature "
            f"with fewer values, or name the values that matter in feature_values."
        )


class LabelsUnusable(InputError):
    """Labels that no metric can be computed from."""

    def __init__(self, column: str, problem: str, remedy: str) -> None:
        super().__init__(f"The label {column!r} {problem}: {remedy}.")


class WeightsUnusable(InputError):
    """Example weights that no metric can be computed with."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(f"The example weight {column!r} {problem}: every row needs one number that is not negative.")


class NothingToEvaluate(InputError):
    """No row with a label is left."""

    def __init__(self, splits: Iterable[str], rows: int, label: str) -> None:
        super().__init__(
            f"No row of the split {listing(splits)} can be evaluated: of its {rows} rows none has the label {label!r}."
        )


class PredictionUnknown(InputError):
    """The model has several outputs and nothing says which one is the prediction."""

    def __init__(self, key: str, outputs: Iterable[str]) -> None:
        problem = f"has no output {key!r}" if key else "has several outputs"
        super().__init__(
            f"The model {problem} ({listing(outputs)}): name the predicted one as prediction_key in eval_config's "
            f"model_specs."
        )


class PredictionsNotFinite(InputError):
    """The model predicts NaN or infinity."""

    def __init__(self, model: str, count: int, row: int) -> None:
        name = f"model {model!r}" if model else "model"
        super().__init__(
            f"The {name} predicts NaN or infinity for {count} rows of a batch, first for row {row} of those that are "
            f"evaluated: look for missing values that it does not expect, or a training that diverged."
        )


class LabelsUnlike(InputError):
    """Labels and predictions of shapes or ranges that do not go together."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(f"The label {column!r} does not fit the model's predictions: {problem}.")
