"""What can be wrong with a preprocessing function or with what it is given, each as one sentence.

The tree::

    ModuleFileError
     ├─ PreprocessingFailed, NoTransformedFeatures     the user's function
     └─ TransformGraphFailed                           what it made of itself, on data
    InputError
     ├─ UnknownSchemaFeature, FeatureAbsent, FeatureTypeDiffers, RowsWithoutValues   schema and data
     ├─ BadSplitsConfig, NoAnalyzeSplits, EmptyAnalyzeSplits           which splits
     └─ TransformedRowsDiffer                                          what comes out
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable

from shipway.data.errors import listing
from shipway.errors import InputError, ModuleFileError

NOT_TELLING = ("Graph execution", "Detected at", "File ", "[[", "<stack traces")
"""How lines of a TensorFlow error begin that do not say what is wrong."""


class PreprocessingFailed(ModuleFileError):
    """The user's preprocessing function raised an exception."""

    def __init__(self, function: str, module_file: str, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename == module_file]
        place = f" in line {own[-1].lineno} of {module_file!r}" if own else f" of {module_file!r}"
        message = " ".join(str(error).split())
        super().__init__(
            f"The function {function!r}{place} failed with {type(error).__name__}: {message[:500]}; "
            "the log of the step has the stack trace."
        )


class NoTransformedFeatures(ModuleFileError):
    """The preprocessing function did not return a dict of features."""

    def __init__(self, function: str, module_file: str, returned: object) -> None:
        what = "an empty dict" if returned == {} else f"a {type(returned).__name__}"
        super().__init__(
            f"The function {function!r} of {module_file!r} returned {what}: return a dict from the name of each "
            "transformed feature to its tensor."
        )


class UnknownSchemaFeature(InputError):
    """The preprocessing function asks for a feature that the schema does not have."""

    def __init__(self, feature: object, function: str, module_file: str, features: Iterable[str]) -> None:
        super().__init__(
            f"The function {function!r} of {module_file!r} asks for the feature {feature!r}, which the schema lacks: "
            f"the features are {listing(sorted(features))}."
        )


class EmptyAnalyzeSplits(InputError):
    """The splits to analyze hold no rows."""

    def __init__(self, splits: Iterable[str]) -> None:
        super().__init__(
            f"There is nothing to analyze: the splits to analyze ({listing(splits)}) hold no rows; name others in "
            "splits_config['analyze'], or look at what ExampleGen read."
        )


class NoAnalyzeSplits(InputError):
    """The configuration names no split to analyze."""

    def __init__(self, splits: Iterable[str]) -> None:
        super().__init__(
            "No split to analyze is named and there is no split 'train': set splits_config['analyze'] to one or more "
            f"of {listing(splits)}."
        )


class BadSplitsConfig(InputError):
    """splits_config has a form that cannot be understood."""

    def __init__(self, config: object) -> None:
        super().__init__(
            f"The splits_config {config!r} cannot be understood: give {{'analyze': [...], 'transform': [...]}} with "
            "lists of split names."
        )


class FeatureAbsent(InputError):
    """A feature of fixed shape that the data does not have at all."""

    def __init__(self, feature: str, split: str, columns: Iterable[str]) -> None:
        super().__init__(
            f"The feature {feature!r} has a fixed shape in the schema, so every row must have it, but the split "
            f"{split!r} has no such column: it has {listing(columns)}; correct the schema or the data."
        )


class FeatureTypeDiffers(InputError):
    """A column whose values are not of the type that the schema gives the feature."""

    def __init__(self, feature: str, split: str, column: str, wanted: str) -> None:
        super().__init__(
            f"The feature {feature!r} is {wanted} in the schema, but the split {split!r} holds {column} for it: "
            "correct the schema or the data."
        )


class TransformedRowsDiffer(InputError):
    """A transformed feature that does not have one value, or list of values, for each row."""

    def __init__(self, feature: str, found: int, rows: int) -> None:
        super().__init__(
            f"The transformed feature {feature!r} has {found} rows for {rows} examples: let preprocessing_fn return "
            "tensors whose first dimension is the batch."
        )


class TransformGraphFailed(ModuleFileError):
    """The graph of the preprocessing function failed on data."""

    def __init__(self, splits: Iterable[str], module_file: str, line: int | None, error: BaseException) -> None:
        place = f"line {line} of {module_file!r}" if line else f"made by {module_file!r}"
        super().__init__(
            f"The transform graph ({place}) failed on rows of {listing(splits)}: {_graph_message(error)}; "
            "the log of the step has the stack trace."
        )


class RowsWithoutValues(InputError):
    """A feature of fixed shape that some rows have no values for."""

    def __init__(self, feature: str, reason: str) -> None:
        super().__init__(
            f"The feature {feature!r} has a fixed shape in the schema, but not every row has that many values "
            f"({reason}): take the shape out of the schema, or complete the data."
        )


def _graph_message(error: BaseException) -> str:
    """The line of a TensorFlow error that says what is wrong; around it are the places where the graph was made."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(NOT_TELLING)]
    return (telling[0] if telling else type(error).__name__)[:500]
