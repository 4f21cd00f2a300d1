"""Figures: measured in one process, told as a line of JSON, and held against their goals in another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """A measured value. Of `at_most` and `at_least` one is its goal, or neither."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @classmethod
    def of_line(cls, line: str) -> Figure:
        return cls(**json.loads(line))

    @property
    def goal(self) -> str:
        """The goal in words, "" for none."""
        if self.at_most is not None:
            return f"at most {self.at_most:g} {self.unit}"
        return f"at least {self.at_least:,g} {self.unit}" if self.at_least is not None else ""

    @property
    def is_met(self) -> bool:
        """Whether the value is as good as its goal; also where there is none."""
        too_high = self.at_most is not None and self.value > self.at_most
        return not too_high and not (self.at_least is not None and self.value < self.at_least)


def tell(figures: Iterable[Figure]) -> None:
    """Print figures as they come."""
    for one in figures:
        print(json.dumps({name: value for name, value in asdict(one).items() if value is not None}), flush=True)


def spread(name: str, values: Sequence[float], unit: str, at_most: float | None = None) -> Iterator[Figure]:
    """The median and the 99th percentile of some values; the goal is of the latter."""
    ordered = sorted(values)
    for part, what in ((0.5, "median"), (0.99, "p99")):
        value = ordered[min(len(ordered) - 1, int(part * len(ordered)))]
        yield Figure(f"{name}, {what}", round(value, 1), unit, at_most if what == "p99" else None)
