"""What can be wrong with a bulk inference.

The tree::

    InputError
     ├─ BadInferenceSpec                     a parameter
     └─ OutputUnfit, ColumnTaken, NoOutput   the model's outputs, against what is to be written
"""

from __future__ import annotations

from collections.abc import Iterable

from shipway.errors import InputError


class BadInferenceSpec(InputError):
    """A field that a parameter does not have, or a value that it cannot take."""

    def __init__(self, parameter: str, problem: str) -> None:
        super().__init__(f"BulkInferrer cannot use {parameter}: {problem}.")


class OutputUnfit(InputError):
    """An output with more dimensions than a column has."""

    def __init__(self, output: str, shape: tuple[int, ...]) -> None:
        super().__init__(
            f"The model's output {output!r} has shape {list(shape)}, which is more than a value or a list of values "
            "a row: write it with output_format 'prediction_log'."
        )


class ColumnTaken(InputError):
    """A prediction with the name of a column."""

    def __init__(self, column: str) -> None:
        super().__init__(
            f"The prediction {column!r} has the name of an input column: leave that column out with output_columns, or "
            "name the prediction in output_example_spec."
        )


class NoOutput(InputError):
    """An output that the model does not have."""

    def __init__(self, output: str, outputs: Iterable[str]) -> None:
        super().__init__(f"The model has no output {output!r}: it has {', '.join(sorted(outputs))}.")
