"""What can be wrong when examples are made into tensors.

The tree::

    InputError
     ├─ NoFiles, MixedPayloads, NoRows              the files that a pattern matches
     ├─ UnusableSchema, LabelUnknown                the schema and the options
     └─ ValuesMissing, ColumnUnfit                  a column that does not become its feature's tensor
"""

from __future__ import annotations

from collections.abc import Sequence

from shipway.errors import InputError


class NoFiles(InputError):
    """Patterns that match nothing."""

    def __init__(self, patterns: Sequence[str]) -> None:
        super().__init__(
            f"No examples match {', '.join(map(repr, patterns)) or 'an empty list of patterns'}: "
            "pass fn_args.train_files or fn_args.eval_files, or patterns of existing files."
        )


class MixedPayloads(InputError):
    """Parquet and TFRecord files under one pattern."""

    def __init__(self, patterns: Sequence[str]) -> None:
        super().__init__(
            f"The patterns {', '.join(map(repr, patterns))} match Parquet and TFRecord files: "
            "make one dataset of each kind."
        )


class NoRows(InputError):
    """Files without a single row."""

    def __init__(self, patterns: Sequence[str]) -> None:
        super().__init__(
            f"The examples in {', '.join(map(repr, patterns))} have no rows: check the input data and its splits."
        )


class UnusableSchema(InputError):
    """A schema from which no feature specification follows."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The schema does not say how to make tensors of the examples: {reason}")


class LabelUnknown(InputError):
    """A label key that is no feature."""

    def __init__(self, label_key: str, features: Sequence[str]) -> None:
        super().__init__(
            f"There is no feature {label_key!r} to use as the label: the features are {', '.join(features)}."
        )


class ValuesMissing(InputError):
    """A feature of fixed shape that some rows lack."""

    def __init__(self, feature: str, missing: int, rows: int) -> None:
        super().__init__(
            f"The feature {feature!r} has no value in {missing} of {rows} rows but the schema gives it a fixed shape: "
            "fill it in preprocessing_fn, give it a default value in the schema, or remove its shape there."
        )


class ColumnUnfit(InputError):
    """A column that is not what the schema says of its feature."""

    def __init__(self, feature: str, given: str, wanted: str) -> None:
        super().__init__(
            f"The feature {feature!r} is {given} in the examples but {wanted} in the schema: "
            "make the examples and the schema anew from the same data."
        )
