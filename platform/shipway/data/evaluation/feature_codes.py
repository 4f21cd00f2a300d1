"""A slicing feature of all rows as small integers, built batch by batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shipway.data.columns import is_list
from shipway.data.evaluation.metric_keys import SliceValue


@dataclass(frozen=True)
class FeatureCodes:
    """`values[codes[i]]` is a value of row `rows[i]`; with `rows` None, of row i, where -1 means missing.

    `rows` is ascending, and no value stands twice in a row.
    """

    values: list[SliceValue]
    codes: np.ndarray
    row_count: int
    rows: np.ndarray | None = None

    def rows_with(self, value: SliceValue) -> np.ndarray:
        """The rows that hold `value`, ascending; a number also matches its text."""
        wanted = [code for code, own in enumerate(self.values) if own == value or own == str(value)]
        entries = np.flatnonzero(np.isin(self.codes, wanted))
        return np.unique(entries if self.rows is None else self.rows[entries])

    def spans(self) -> tuple[np.ndarray, np.ndarray]:
        """For a feature with `rows`: where each row's codes start, and how many there are."""
        count = np.bincount(self.rows if self.rows is not None else [], minlength=self.row_count)
        return np.cumsum(count) - count, count


class FeatureEncoder:
    """Collects one feature's column from batch to batch."""

    def __init__(self) -> None:
        self._code_of: dict[SliceValue, int] = {}
        self._codes: list[np.ndarray] = []
        self._rows: list[np.ndarray] = []
        self._row_count = 0
        self._has_lists = False

    def add(self, column: pa.Array) -> None:
        """Take in the column of the next batch: scalars or lists of integers, floats, text or bytes of text."""
        rows = np.arange(self._row_count, self._row_count + len(column))
        self._row_count += len(column)
        if is_list(column.type):
            self._has_lists = True
            rows = np.repeat(rows, pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False))
            column = column.flatten()
        self._codes.append(self._encode(column))
        self._rows.append(rows)

    def finish(self) -> FeatureCodes:
        """The whole feature."""
        codes = np.concatenate(self._codes) if self._codes else np.empty(0, np.int32)
        values = list(self._code_of)
        if not self._has_lists:
            return FeatureCodes(values, codes, self._row_count)
        radix = max(len(values), 1)
        pairs = np.unique((np.concatenate(self._rows) * radix + codes)[codes >= 0])
        return FeatureCodes(values, (pairs % radix).astype(np.int32), self._row_count, pairs // radix)

    def _encode(self, column: pa.Array) -> np.ndarray:
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        if pa.types.is_null(column.type):
            return np.full(len(column), -1, np.int32)
        place = np.full(len(encoded.dictionary) + 1, -1, np.int32)
        for number, value in enumerate(encoded.dictionary.to_pylist()):
            plain = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
            if plain is not None and plain == plain:
                place[number] = self._code_of.setdefault(plain, len(self._code_of))
        return place[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)]
