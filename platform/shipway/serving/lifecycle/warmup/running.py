"""Running a version's warm-up requests, and what that tells about its speed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

from shipway.data.model.signature import Signature
from shipway.errors import in_one_line
from shipway.serving.lifecycle.settings import LifecycleSettings
from shipway.serving.lifecycle.warmup.example_features import parseable_example
from shipway.serving.lifecycle.warmup.recorded import REQUESTS, UnfitWarmup, recorded_requests
from shipway.serving.lifecycle.warmup.request import WarmupRequest
from shipway.serving.lifecycle.warmup.synthesised import synthesised_requests
from shipway.serving.model import Model

log = logging.getLogger(__name__)

TIMED_RUNS = 3
"""The quickest of so many counts: others may have had to wait for the processor."""

LONG_SECONDS = 0.1
"""A run that takes longer is not repeated for its time."""


@dataclass(frozen=True)
class Timing:
    """How long the model takes for a batch."""

    signature: Signature
    rows: int
    seconds: float


def warm_up(model: Model, folder: Path, settings: LifecycleSettings) -> list[Timing]:
    """Run the requests that came with the model, or some made from its signatures, alone and as batches.

    Not for the event loop; the model is in nobody else's hands yet.

    Raises:
        UnfitWarmup, TooManyWarmups: recorded requests that are broken or fail. What is made up here may fail.
    """
    by_signature: dict[str, WarmupRequest] = {}
    for number, request in recorded_requests(folder, model.signatures):
        _run_recorded(model, request, number, folder / REQUESTS, settings.warmup_iterations)
        by_signature.setdefault(request.signature.name, request)
    requests = list(by_signature.values()) or synthesised_requests(model.signatures, partial(parseable_example, folder))
    return [timing for request in requests for timing in _timings(model, request, settings.warmup_batch_sizes)]


def _run_recorded(model: Model, request: WarmupRequest, number: int, path: Path, times: int) -> None:
    try:
        for _ in range(times):
            model.call(request.signature, request.feed)
    except Exception as error:
        raise UnfitWarmup(path, number, f"fails ({in_one_line(error)})") from error


def _timings(model: Model, request: WarmupRequest, sizes: Sequence[int]) -> Iterator[Timing]:
    if not request.rows:
        sizes = (0,)
    for rows in sizes:
        sized = request.repeated(rows) if rows else request
        try:
            seconds = _quickest(model, sized)
        except Exception as error:
            log.debug("warm-up of %s with %d rows: %s", request.signature.name, rows, in_one_line(error))
            return
        if rows:
            yield Timing(request.signature, rows, seconds)


def _quickest(model: Model, request: WarmupRequest) -> float:
    """The first run is not timed: it optimises the graph."""
    model.call(request.signature, request.feed)
    quickest = float("inf")
    for _ in range(TIMED_RUNS):
        started = monotonic()
        model.call(request.signature, request.feed)
        quickest = min(quickest, monotonic() - started)
        if quickest > LONG_SECONDS:
            break
    return quickest
