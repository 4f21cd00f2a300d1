"""Slices in columns: from the features of all rows to a code per row for each slicing spec.

A row is in every slice that a spec makes of its values: none where a feature is missing, several where it holds
several values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shipway.data.evaluation.errors import TooManySlices
from shipway.data.evaluation.feature_codes import FeatureCodes
from shipway.data.evaluation.metric_keys import OVERALL, SliceKey, SliceValue

SLICE_LIMIT = 50_000
DENSE_CODES = 1 << 22


@dataclass(frozen=True)
class SliceSpec:
    """One slicing spec: every value of each of `features`, where each of `values` holds."""

    features: tuple[str, ...] = ()
    values: tuple[tuple[str, SliceValue], ...] = ()

    @classmethod
    def of(cls, message: Any) -> SliceSpec:
        """The spec of TFMA's SlicingSpec; values that read as numbers are numbers."""
        values = tuple(sorted((feature, typed_value(text)) for feature, text in message.feature_values.items()))
        return cls(tuple(sorted(set(message.feature_keys))), values)

    @property
    def words(self) -> str:
        """The spec for a person: `carrier, hour=6`."""
        pairs = [*self.features, *(f"{feature}={value}" for feature, value in self.values)]
        return ", ".join(pairs) or "all rows"

    def covers(self, key: SliceKey) -> bool:
        """Whether this spec makes the slice `key`."""
        features, values = list(self.features), list(self.values)
        for feature, value in key:
            pair = (feature, typed_value(value))
            if pair in values:
                values.remove(pair)
            elif feature in features:
                features.remove(feature)
            else:
                return False
        return not features and not values


@dataclass(frozen=True)
class Slices:
    """The slices of one spec: row `rows[i]`, or row i where `rows` is None, is in the slice `keys[codes[i]]`."""

    keys: list[SliceKey]
    codes: np.ndarray
    rows: np.ndarray | None = None

    def take(self, column: np.ndarray) -> np.ndarray:
        """A column of all rows as one of this object's entries."""
        return column if self.rows is None else column[self.rows]

    def only(self, kept: np.ndarray) -> Slices:
        """The slices where `kept`, [slices], is true."""
        entries = np.flatnonzero(kept[self.codes])
        codes = (np.cumsum(kept) - 1)[self.codes[entries]].astype(np.intp)
        keys = [key for key, keep in zip(self.keys, kept, strict=True) if keep]
        return Slices(keys, codes, entries if self.rows is None else self.rows[entries])

    def chunks(self, size: int) -> Iterator[Slices]:
        """The same slices in groups of at most `size`, so that what is kept per slice stays small."""
        if len(self.keys) <= size:
            yield self
            return
        order = np.argsort(self.codes, kind="stable")
        codes = self.codes[order]
        rows = order if self.rows is None else self.rows[order]
        starts = range(0, len(self.keys), size)
        edges = [*np.searchsorted(codes, starts), len(codes)]
        for start, low, high in zip(starts, edges, edges[1:], strict=False):
            yield Slices(self.keys[start : start + size], codes[low:high] - start, rows[low:high])


def typed_value(value: SliceValue) -> SliceValue:
    """A text as the int or float that it reads as, as TFMA compares values; other text stays."""
    if not isinstance(value, str):
        return value
    try:
        return float(value) if "." in value else int(value)
    except ValueError:
        return value


def slicing_specs(config: Any) -> list[SliceSpec]:
    """The specs of a configuration, with those that only its comparisons name; all rows where there is none."""
    messages = list(config.slicing_specs)
    for cross in config.cross_slicing_specs:
        messages += [cross.baseline_spec, *cross.slicing_specs]
    return list(dict.fromkeys(SliceSpec.of(message) for message in messages)) or [SliceSpec()]


def slices_of(spec: SliceSpec, features: Mapping[str, FeatureCodes], rows: int) -> Slices:
    """Assign `rows` rows to the slices of `spec`; raises `TooManySlices`."""
    selected: np.ndarray | None = None
    for feature, value in spec.values:
        matching = features[feature].rows_with(value)
        selected = matching if selected is None else np.intersect1d(selected, matching, assume_unique=True)
    codes = np.zeros(rows if selected is None else len(selected), np.int64)
    for feature in spec.features:
        selected, codes = _cross(selected, codes, features[feature])
    combinations, codes = _dense(codes)
    if len(combinations) > SLICE_LIMIT:
        raise TooManySlices(spec.features, len(combinations), SLICE_LIMIT)
    return Slices([_key(spec, features, int(number)) for number in combinations], codes, selected)


def _cross(
    selected: np.ndarray | None, codes: np.ndarray, feature: FeatureCodes
) -> tuple[np.ndarray | None, np.ndarray]:
    """Split every entry by its row's values of `feature`: a mixed-radix number per combination."""
    radix = max(len(feature.values), 1)
    if feature.rows is None:
        values = feature.codes if selected is None else feature.codes[selected]
        there = values >= 0
        if selected is None and there.all():
            return None, codes * radix + values
        kept = np.flatnonzero(there)
        return (kept if selected is None else selected[kept]), codes[kept] * radix + values[kept]
    first, count = feature.spans()
    current = np.arange(len(codes)) if selected is None else selected
    repeats = count[current]
    entry = np.repeat(np.arange(len(current)), repeats)
    within = np.arange(len(entry)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return current[entry], codes[entry] * radix + feature.codes[first[current][entry] + within]


def _dense(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers that occur, ascending, and each entry's place among them."""
    if not len(codes):
        return codes, codes.astype(np.intp)
    highest = int(codes.max())
    if highest > DENSE_CODES:
        numbers, places = np.unique(codes, return_inverse=True)
        return numbers, places.astype(np.intp)
    there = np.zeros(highest + 1, bool)
    there[codes] = True
    if there.all():
        return np.arange(highest + 1), codes.astype(np.intp, copy=False)
    return np.flatnonzero(there), (np.cumsum(there) - 1)[codes].astype(np.intp, copy=False)


def _key(spec: SliceSpec, features: Mapping[str, FeatureCodes], number: int) -> SliceKey:
    if not spec.features and not spec.values:
        return OVERALL
    pairs: list[tuple[str, SliceValue]] = list(spec.values)
    for feature in reversed(spec.features):
        values = features[feature].values
        number, place = divmod(number, max(len(values), 1))
        pairs.append((feature, values[place]))
    return tuple(sorted(pairs, key=lambda pair: pair[0]))
