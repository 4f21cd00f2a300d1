"""The calls of one model, version, arm, signature and transport."""

from __future__ import annotations

from typing import NamedTuple

from shipway.serving.faults import Code
from shipway.serving.observing.metrics.stages import StageTimes


class CallKey(NamedTuple):
    """What calls are counted by. `arm` is empty where no traffic is divided, `signature` where none was reached."""

    model: str
    version: int
    arm: str
    signature: str
    transport: str


class CallCounts:
    """How many calls ended with each code (a list with the code's number as its index), and the times of answered
    ones."""

    __slots__ = ("codes", "times")

    def __init__(self) -> None:
        self.codes = [0] * (max(Code) + 1)
        self.times = StageTimes()
