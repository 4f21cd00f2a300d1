"""scikit-learn models, saved with `skops.io.dump` as `model.skops`: a format whose reading runs nothing that is in it.

A model's signatures are made of what its estimator knows about itself::

    serving_default   predictions, and probabilities where the estimator has them; or transformed
    predict_proba     probabilities alone, where the estimator has them

Columns that have names are inputs by these names, [rows] each. Columns without names are one input, `inputs`
[rows, columns], or `x0`, `x1` ... where some take texts and others numbers. Numbers are float64, texts UTF-8.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shipway.data.model.signature import SERVING_DEFAULT, Signature, TensorSpec
from shipway.errors import EnvironmentFault, in_one_line
from shipway.serving.faults import InvalidRequest
from shipway.serving.model import Arrays, Model
from shipway.serving.runtimes.refusal import ModelRefused
from shipway.serving.runtimes.sklearn_inputs import inputs_of

FILE = "model.skops"

LIBRARIES = ("sklearn", "skops.io", "pandas")

HARMLESS = frozenset({"numpy.dtype"})
"""Types that skops does not vouch for and that many estimators hold, such as SimpleImputer."""

INPUTS = "inputs"
PREDICTIONS, PROBABILITIES, TRANSFORMED = "predictions", "probabilities", "transformed"
TEXTS = "OU"
"""Kinds of numpy arrays that hold texts."""

PREDICT_PROBA = "predict_proba"
PREDICT_METHOD = "tensorflow/serving/predict"

Compute = Callable[[Any], dict[str, Any]]
"""From the table that an estimator takes to its outputs by name."""


class SklearnMissing(EnvironmentFault):
    """The libraries are not installed."""

    def __init__(self) -> None:
        super().__init__(
            "scikit-learn models need scikit-learn and skops, which are not installed: pip install 'shipway[sklearn]'."
        )


class UntrustedTypes(ModelRefused):
    """A file with types that neither skops nor scikit-learn vouches for."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        super().__init__(
            f"{str(path)!r} has {', '.join(names)}, which is neither of scikit-learn nor trusted by skops: build the "
            "model of scikit-learn's own estimators and numpy's functions."
        )


class NotAnEstimator(ModelRefused):
    """A file with something that cannot be asked."""

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(f"{str(path)!r} holds a {kind}, which neither predicts nor transforms: dump a fitted model.")


class SklearnRuntime:
    """scikit-learn through skops."""

    platform = "sklearn"

    def prepare(self) -> None:
        """Raises `SklearnMissing`."""
        try:
            for library in LIBRARIES:
                importlib.import_module(library)
        except ImportError as error:
            raise SklearnMissing from error

    def recognises(self, folder: Path) -> bool:
        return (folder / FILE).is_file()

    def load(self, folder: Path) -> Model:
        """Raises `UntrustedTypes` and `NotAnEstimator`."""
        import skops.io

        path = folder / FILE
        unknown = skops.io.get_untrusted_types(file=path)
        refused = [name for name in unknown if name not in HARMLESS and not _is_class_of_sklearn(name)]
        if refused:
            raise UntrustedTypes(path, refused)
        estimator = skops.io.load(path, trusted=unknown)
        if not (hasattr(estimator, "predict") or hasattr(estimator, "transform")):
            raise NotAnEstimator(path, type(estimator).__name__)
        return SklearnModel(estimator)


class SklearnModel:
    """A fitted estimator."""

    platform = "sklearn"

    def __init__(self, estimator: Any) -> None:
        self._inputs = inputs_of(estimator)
        self._computes = _computes_of(estimator)
        self.signatures: Mapping[str, Signature] = {
            name: Signature(name, self._inputs.specs, self._outputs(name, compute, estimator), PREDICT_METHOD)
            for name, compute in self._computes.items()
        }

    def call(self, signature: Signature, feed: Arrays) -> Arrays:
        """scikit-learn raises `ValueError` for values that a model cannot take, such as an unknown category."""
        try:
            return self._run(self._computes[signature.name], feed)
        except ValueError as error:
            raise InvalidRequest(f"The model cannot take these inputs ({in_one_line(error)}).") from error

    def close(self) -> None:
        self._computes = {}

    def _run(self, compute: Compute, feed: Arrays) -> dict[str, np.ndarray]:
        return {name: _dense(values) for name, values in compute(self._inputs.table(feed)).items()}

    def _outputs(self, signature: str, compute: Compute, estimator: Any) -> dict[str, TensorSpec]:
        """What the model gives for one row says what it gives for others, if it can take the row that is made up."""
        try:
            given = self._run(compute, self._inputs.example())
        except ValueError:
            return {name: TensorSpec(name, dtype, None) for name, dtype in _promised(estimator, signature).items()}
        return {name: TensorSpec(name, _dtype_name(array), (None, *array.shape[1:])) for name, array in given.items()}


def _computes_of(estimator: Any) -> dict[str, Compute]:
    """What the signatures compute of a table, by their names."""

    def predictions(table: Any) -> dict[str, Any]:
        return {PREDICTIONS: estimator.predict(table)}

    def probabilities(table: Any) -> dict[str, Any]:
        found = estimator.predict_proba(table)
        if isinstance(found, list):  # one for each output of a model with several
            return {f"{PROBABILITIES}_{number}": array for number, array in enumerate(found)}
        return {PROBABILITIES: found}

    if not hasattr(estimator, "predict"):
        return {SERVING_DEFAULT: lambda table: {TRANSFORMED: estimator.transform(table)}}
    if not hasattr(estimator, PREDICT_PROBA):
        return {SERVING_DEFAULT: predictions}
    return {
        SERVING_DEFAULT: lambda table: {**predictions(table), **probabilities(table)},
        PREDICT_PROBA: probabilities,
    }


def _promised(estimator: Any, signature: str) -> dict[str, str]:
    """The outputs of a signature and their dtypes, as far as the estimator tells without being run."""
    if not hasattr(estimator, "predict"):
        return {TRANSFORMED: "float64"}
    predictions = {PREDICTIONS: _dtype_name(np.asarray(getattr(estimator, "classes_", 0.0)))}
    probabilities = {PROBABILITIES: "float64"} if hasattr(estimator, PREDICT_PROBA) else {}
    return probabilities if signature == PREDICT_PROBA else predictions | probabilities


def _dtype_name(array: np.ndarray) -> str:
    return "string" if array.dtype.kind in TEXTS else array.dtype.name


def _dense(values: Any) -> np.ndarray:
    """An output as the contract has it: texts as objects of bytes."""
    array = np.asarray(values.toarray() if hasattr(values, "toarray") else values)
    if array.dtype.kind in TEXTS:
        return np.array([str(value).encode() for value in array.ravel().tolist()], object).reshape(array.shape)
    return array


def _is_class_of_sklearn(name: str) -> bool:
    """A class of scikit-learn itself; its functions are not trusted, since a model could have them called."""
    package, _, kind = name.rpartition(".")
    if not package.startswith("sklearn.") or {"tests", "conftest", "externals"} & set(package.split(".")):
        return False
    try:
        return inspect.isclass(getattr(importlib.import_module(package), kind, None))
    except ImportError:
        return False
