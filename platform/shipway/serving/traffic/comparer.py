"""Comparing answers many at a time: one by one, it would cost the event loop more than the request did."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from shipway.serving.call import Answer
from shipway.serving.model import Arrays
from shipway.serving.traffic.comparison import ShadowComparison, Tolerance, compare

PAIRS_AT_ONCE = 64
SECONDS_TO_GATHER = 0.1

log = logging.getLogger(__name__)


class Pair(NamedTuple):
    """One request's two answers."""

    model: str
    version: int
    shadow_version: int
    signature: str
    rows: int
    answer: Answer
    shadow: Answer


class Comparer:
    """Gathers pairs, compares them and hands the result on; all in the event loop."""

    def __init__(self, record: Callable[[ShadowComparison], None], tolerance: Tolerance) -> None:
        self._record = record
        self._tolerance = tolerance
        self._pairs: list[Pair] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, pair: Pair) -> None:
        self._pairs.append(pair)
        if len(self._pairs) >= PAIRS_AT_ONCE:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SECONDS_TO_GATHER, self.flush)

    def flush(self) -> None:
        """Compare what has gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pairs, self._pairs = self._pairs, []
        groups: dict[tuple[object, ...], list[Pair]] = {}
        for index, pair in enumerate(pairs):
            alone = index if pair.answer.alone or pair.shadow.alone else -1
            groups.setdefault((pair.model, pair.version, pair.shadow_version, pair.signature, alone), []).append(pair)
        for group in groups.values():
            try:
                self._record(self._compared(group))
            except Exception:
                log.exception("Answers of %s could not be compared with its shadow's.", group[0].model)

    def _compared(self, pairs: Sequence[Pair]) -> ShadowComparison:
        first = pairs[0]
        answers: list[Arrays] = [pair.answer.arrays() for pair in pairs]
        shadows: list[Arrays] = [pair.shadow.arrays() for pair in pairs]
        rows = sum(pair.rows for pair in pairs)
        if len(pairs) == 1 and not all(_is_by_row(arrays, rows) for arrays in (*answers, *shadows)):
            answers, shadows, rows = [_as_row(answers[0])], [_as_row(shadows[0])], 1
        different, outputs = compare(answers, shadows, rows, self._tolerance)
        return ShadowComparison(
            first.model, first.version, first.shadow_version, first.signature, rows, different, outputs
        )


def _is_by_row(arrays: Arrays, rows: int) -> bool:
    return all(array.ndim and len(array) == rows for array in arrays.values())


def _as_row(arrays: Arrays) -> Arrays:
    """Outputs that belong to no rows: all of them are one."""
    return {name: array[None] for name, array in arrays.items()}
