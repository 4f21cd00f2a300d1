"""Bounds on labels: Prometheus keeps a series for every combination it ever sees, so what users name is limited.

Pipelines, steps and types are admitted as they come, and stay: a series must not come and go because others do. What is
within a pipeline is of its newest data or model, and is chosen anew with it.
"""

from __future__ import annotations

import hashlib

LIMITS = {"pipeline": 50, "step": 200, "split": 20, "type": 50, "feature": 20, "metric": 20, "slice": 20}
"""How many values a label may have; splits, features, metrics and slices within each pipeline."""

OF_EACH_PIPELINE = frozenset({"split", "feature", "metric", "slice"})
LONGEST = 120
DIGITS = 8


class Bounds:
    """The values of labels that were admitted so far."""

    def __init__(self) -> None:
        self._admitted: dict[tuple[str, str], set[str]] = {}

    def turn_page(self) -> None:
        """Begin a new page: what is within pipelines is admitted anew."""
        self._admitted = {key: known for key, known in self._admitted.items() if key[0] not in OF_EACH_PIPELINE}

    def admit(self, labels: dict[str, str]) -> bool:
        """Whether a series with these labels is shown. `pipeline` comes first in them."""
        pipeline = labels.get("pipeline", "")
        return all(
            self._admit(name, pipeline if name in OF_EACH_PIPELINE else "", value)
            for name, value in labels.items()
            if name in LIMITS
        )

    def _admit(self, name: str, within: str, value: str) -> bool:
        known = self._admitted.setdefault((name, within), set())
        if value in known:
            return True
        if len(known) >= LIMITS[name]:
            return False
        known.add(value)
        return True


def shortened(text: str) -> str:
    """A label's value of bounded length; two long ones stay apart by their digests."""
    if len(text) <= LONGEST:
        return text
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:DIGITS]
    return f"{text[: LONGEST - DIGITS - 1]}~{digest}"
