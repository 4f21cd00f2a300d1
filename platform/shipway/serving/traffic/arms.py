"""Which arm a request belongs to: by chance, or by its key.

Keys are divided by weighted rendezvous hashing (Schindelhauer and Schomaker, "Weighted distributed hash tables", SPAA
2005): every arm draws a number in (0, 1) from the key and its own name, and the smallest -ln(number) / weight wins. All
replicas agree without talking to each other, a change of weights moves no more keys than it must, and an arm that is
gone leaves the keys of the others where they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate
from math import inf, log
from random import random

from shipway.serving.config.traffic import Arm

_MASK = 2**64 - 1
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_LOG_OF_RANGE = log(2**64)


class KeyHash:
    """64 bits of a caller's key, of their own for each model."""

    def __init__(self, model: str) -> None:
        self._begun = blake2b(model.encode() + b"\0", digest_size=8)

    def __call__(self, key: bytes) -> int:
        digest = self._begun.copy()
        digest.update(key)
        return int.from_bytes(digest.digest(), "big")


class Arms:
    """The arms of a model that have a weight."""

    def __init__(self, arms: Sequence[Arm]) -> None:
        self.all = tuple(arm for arm in arms if arm.weight)
        self._ends = list(accumulate(arm.weight for arm in self.all))
        self._draws = [(arm, _seed(arm.name), -1.0 / arm.weight) for arm in self.all]

    def by_chance(self) -> Arm:
        """An arm, each as often as its weight says."""
        ends = self._ends
        return self.all[min(bisect_right(ends, random() * ends[-1]), len(ends) - 1)]

    def by_key(self, hashed: int) -> Arm:
        """The arm of a key (`KeyHash`)."""
        best, lowest = self.all[0], inf
        for arm, seed, scale in self._draws:
            mixed = ((hashed ^ seed) * _FIRST) & _MASK
            mixed = ((mixed ^ (mixed >> 27)) * _SECOND) & _MASK
            score = (log(mixed + 1) - _LOG_OF_RANGE) * scale
            if score < lowest:
                best, lowest = arm, score
        return best

    def without(self, gone: Sequence[Arm]) -> Arms | None:
        """The other arms; None where none is left."""
        left = [arm for arm in self.all if arm not in gone]
        return Arms(left) if left else None


def _seed(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
