"""Calls that the model answers together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np

from shipway.data.model.signature import Signature
from shipway.errors import in_one_line
from shipway.serving.batching.merging import merge, next_allowed_size, pad_rows
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.call import Answer, Call
from shipway.serving.faults import InferenceFailed, ServingFault
from shipway.serving.model import Arrays

Run = Callable[[Signature, Arrays], Arrays]


class RowsDiffer(Exception):
    """An output's first dimension is not the rows of the batch, so it cannot be shared out."""


class Batch:
    """Some calls, and after `run` what became of each: `results` holds an `Answer` or a fault for every call.

    Attributes:
        feed, outputs: arrays of all rows, for those who keep account of what the model saw and said; None when the
            calls had to be run one by one.
        started, finished: seconds of the clock that `run` was given.
    """

    __slots__ = ("_prepared", "calls", "feed", "finished", "outputs", "results", "rows", "rows_differ", "started")

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.rows = sum(call.rows for call in calls)
        self.feed: Arrays | None = None
        self._prepared: dict[str, np.ndarray] | None = None
        self.outputs: Arrays | None = None
        self.results: list[Answer | BaseException] = []
        self.rows_differ = False
        self.started = self.finished = 0.0

    def prepare(self, signature: Signature, rules: BatchingRules) -> None:
        """Merge the inputs before `run`, where what is wrong with them will show."""
        with suppress(Exception):
            self._prepared = merge(self.calls, signature, rules)

    def run(self, run: Run, signature: Signature, rules: BatchingRules, clock: Callable[[], float]) -> None:
        """Run the model; one bad call among several does not spoil the others, which are then run one by one."""
        self.started = clock()
        try:
            self.results = self._together(run, signature, rules)
        except Exception as error:
            if len(self.calls) == 1:
                self.results = [_as_fault(error)]
            else:
                self.rows_differ = isinstance(error, RowsDiffer)
                self.results = [self._alone(call, run, signature, rules) for call in self.calls]
        self.finished = clock()

    def _together(self, run: Run, signature: Signature, rules: BatchingRules) -> list[Answer | BaseException]:
        feed, self._prepared = self._prepared or merge(self.calls, signature, rules), None
        is_solo = self.calls[0].is_solo  # there are no rows then to pad or to split
        outputs = run(signature, feed) if is_solo else _in_parts(run, signature, feed, self.rows, rules)
        alone = len(self.calls) == 1
        if not alone:
            for name, array in outputs.items():
                if array.ndim == 0 or array.shape[0] != self.rows:
                    raise RowsDiffer(name)
        self.feed, self.outputs = feed, outputs
        answers: list[Answer | BaseException] = []
        start = 0
        for call in self.calls:
            answers.append(Answer(outputs, start, start + call.rows, alone))
            start += call.rows
        return answers

    @staticmethod
    def _alone(call: Call, run: Run, signature: Signature, rules: BatchingRules) -> Answer | BaseException:
        try:
            outputs = _in_parts(run, signature, merge([call], signature, rules), call.rows, rules)
        except Exception as error:
            return _as_fault(error)
        return Answer(outputs, 0, call.rows, alone=True)


def _in_parts(run: Run, signature: Signature, feed: dict[str, np.ndarray], rows: int, rules: BatchingRules) -> Arrays:
    largest = rules.max_batch_size
    if not rules.split_large or rows <= largest:
        return _padded_run(run, signature, feed, rows, rules)
    parts = [
        _padded_run(run, signature, {name: array[start : start + largest] for name, array in feed.items()},
                    min(largest, rows - start), rules)
        for start in range(0, rows, largest)
    ]  # fmt: skip
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _padded_run(run: Run, signature: Signature, feed: dict[str, np.ndarray], rows: int, rules: BatchingRules) -> Arrays:
    wanted = next_allowed_size(rows, rules.allowed_batch_sizes) if rules.enabled else rows
    if wanted == rows:
        return run(signature, feed)
    outputs = run(signature, pad_rows(feed, rows, wanted))
    return {name: array[:rows] if array.ndim and array.shape[0] == wanted else array for name, array in outputs.items()}


def _as_fault(error: Exception) -> ServingFault:
    return error if isinstance(error, ServingFault) else InferenceFailed(f"The model failed: {in_one_line(error)}.")
