"""What the values of one input look like: how many, how many missing, and for numbers their moments and their range.

The counts only grow, so that Prometheus gives the mean, the spread and the share of missing values of any stretch of
time. No value ever becomes a label: there are as many series as inputs, whatever callers send.
"""

from __future__ import annotations

import numpy as np

from shipway.data.model.missing import MISSING_INT64, MISSING_STRING

MOST_VALUES = 4096
"""Values of one array that are looked at, the first ones: an image has many, and they tell the same."""


class InputValues:
    """The values of one input that were looked at. `sum`, `squares`, `lowest` and `highest` are of the finite ones."""

    __slots__ = ("count", "highest", "is_numeric", "lowest", "missing", "squares", "sum")

    def __init__(self, is_numeric: bool) -> None:
        self.is_numeric = is_numeric
        self.count = 0
        self.missing = 0
        self.sum = 0.0
        self.squares = 0.0
        self.lowest = np.inf
        self.highest = -np.inf

    def look(self, arrays: list[np.ndarray]) -> None:
        """Count the values of some batches."""
        values = np.concatenate([array.reshape(-1)[:MOST_VALUES] for array in arrays])
        self.count += values.size
        if not self.is_numeric:
            texts = values.tolist()
            self.missing += texts.count(MISSING_STRING) + texts.count("")
            return
        present = self._present(values)
        if present.size:
            self.sum += float(present.sum())
            self.squares += float(np.dot(present, present))
            self.lowest = min(self.lowest, float(present.min()))
            self.highest = max(self.highest, float(present.max()))

    def _present(self, values: np.ndarray) -> np.ndarray:
        """The finite values that are no marker of a missing one, as float64."""
        if values.dtype.kind in "iub":
            if values.dtype == np.int64:
                is_missing = values == MISSING_INT64
                self.missing += int(np.count_nonzero(is_missing))
                values = values[~is_missing]
            return values.astype(np.float64)
        numbers = values.astype(np.float64)
        self.missing += int(np.count_nonzero(np.isnan(numbers)))
        return numbers[np.isfinite(numbers)]
