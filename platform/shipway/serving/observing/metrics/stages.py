"""How long the stages of answered requests took.

A request costs one packing of its five times, a tenth of what five histograms would; they are sorted into buckets
some hundred at a time.
"""

from __future__ import annotations

from struct import Struct
from time import monotonic

import numpy as np

from shipway.serving.call import Call
from shipway.serving.observing.metrics.bounds import SECONDS

STAGES = ("decode", "queue", "run", "encode")
"""Between a call's times: arrived, queued, started, finished, and now."""

TOTAL = len(STAGES)

_HELD = 512
_TIMES = Struct("5d")
_SIZE = _TIMES.size
_LAST = (_HELD - 1) * _SIZE
_BOUNDS = np.array(SECONDS)


class StageTimes:
    """Histograms of the stages, and of the whole at the index `TOTAL`.

    Attributes:
        counts: int64[stages + 1, buckets]
        sums: float64[stages + 1], seconds
    """

    __slots__ = ("_buffer", "_pack", "_position", "counts", "sums")

    def __init__(self) -> None:
        self.counts = np.zeros((TOTAL + 1, len(SECONDS) + 1), np.int64)
        self.sums = np.zeros(TOTAL + 1)
        self._buffer = bytearray(_HELD * _SIZE)
        self._position = 0
        self._pack = _TIMES.pack_into

    def note(self, call: Call) -> None:
        """A call was answered just now."""
        position = self._position
        self._pack(self._buffer, position, call.arrived, call.queued, call.started, call.finished, monotonic())
        self._position = position + _SIZE
        if position == _LAST:
            self.fold()

    def fold(self) -> None:
        """Bring `counts` and `sums` up to date."""
        held = self._position // _SIZE
        if not held:
            return
        times = np.frombuffer(self._buffer, np.float64, held * (TOTAL + 1)).reshape(held, TOTAL + 1)
        spans = np.empty((TOTAL + 1, held))
        spans[:TOTAL] = np.diff(times, axis=1).T
        spans[TOTAL] = times[:, TOTAL] - times[:, 0]
        np.maximum(spans, 0.0, out=spans)
        places = np.searchsorted(_BOUNDS, spans)
        for stage in range(TOTAL + 1):
            self.counts[stage] += np.bincount(places[stage], minlength=len(SECONDS) + 1)
        self.sums += spans.sum(axis=1)
        self._position = 0
