"""What was run: sizes of batches, and a look at their inputs every now and then.

Inputs of at most twenty batches a second are kept for a look, and looked at some hundred rows at a time: with one row
a batch the look would otherwise cost more than the model.
"""

from __future__ import annotations

import logging
from bisect import bisect_left

import numpy as np

from shipway.endpoint.buckets import Buckets
from shipway.endpoint.occasional import Occasionally
from shipway.serving.batching.batch import Batch
from shipway.serving.model import Arrays
from shipway.serving.observing.metrics.bounds import ROWS
from shipway.serving.observing.metrics.input_values import InputValues

SECONDS_BETWEEN_LOOKS = 0.05
MOST_HELD_ROWS = 512
MOST_HELD_BATCHES = 64
MOST_INPUTS = 256
"""Inputs of a signature that have series; a signature with more shows the first ones by name."""

NUMERIC_KINDS = "biuf"

log = logging.getLogger(__name__)


class BatchCounts:
    """The batches of one signature of one version.

    Attributes:
        sizes: rows a batch.
        separated: batches whose calls had to be run one by one.
        looked_rows: rows whose inputs are counted in `inputs`.
    """

    __slots__ = ("_complaint", "_held", "_held_rows", "_next_look", "inputs", "looked_rows", "separated", "sizes")

    def __init__(self) -> None:
        self.sizes = Buckets(ROWS)
        self.separated = 0
        self.looked_rows = 0
        self.inputs: dict[str, InputValues] = {}
        self._complaint = Occasionally()
        self._next_look = 0.0
        self._held: list[Arrays] = []
        self._held_rows = 0

    def note(self, batch: Batch) -> None:
        """A batch was run."""
        rows = batch.rows
        sizes = self.sizes
        sizes.counts[bisect_left(ROWS, rows)] += 1
        sizes.total += rows
        if batch.feed is None:
            self.separated += 1
        elif batch.finished >= self._next_look:
            self._next_look = batch.finished + SECONDS_BETWEEN_LOOKS
            self._held.append(batch.feed)
            self._held_rows += rows
            if self._held_rows >= MOST_HELD_ROWS or len(self._held) >= MOST_HELD_BATCHES:
                self.look()

    def look(self) -> None:
        """Bring `inputs` up to date."""
        if not self._held:
            return
        held, self._held = self._held, []
        for name in sorted(held[0])[:MOST_INPUTS]:
            try:
                self._look_at(name, [feed[name] for feed in held])
            except Exception:  # whatever a model's inputs are, requests and scrapes go on
                if self._complaint.is_due():
                    log.exception("The values of the input %r could not be looked at.", name)
        self.looked_rows += self._held_rows
        self._held_rows = 0

    def _look_at(self, name: str, arrays: list[np.ndarray]) -> None:
        values = self.inputs.get(name) or self._new_input(name, arrays[0])
        if values is not None:
            values.look(arrays)

    def _new_input(self, name: str, array: np.ndarray) -> InputValues | None:
        """Counts for an input; none for a dtype that is neither a number nor a string."""
        kind = array.dtype.kind
        if kind not in NUMERIC_KINDS and kind not in "OSU":
            return None
        self.inputs[name] = InputValues(kind in NUMERIC_KINDS)
        return self.inputs[name]
