"""What an evaluation came to, for whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.data.evaluation.evaluate import Evaluation


@dataclass(frozen=True)
class Judgement:
    """`reasons` speak against the model, which is blessed where there are none; `note` says what was left out."""

    evaluation: Evaluation
    summary: Mapping[str, Any]
    reasons: Sequence[str]
    note: str
