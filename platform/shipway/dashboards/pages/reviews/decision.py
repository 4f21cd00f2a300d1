"""What a person says of a model in the form, and what is refused of it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from shipway.dashboards.faults import RequestFault
from shipway.dashboards.people import Person

APPROVE, REJECT = "approve", "reject"
LONGEST_REASON, LONGEST_NAME = 2000, 200
LINE_BREAKS = "\n\t"
"""Control characters that a reason of several lines has."""


@dataclass(frozen=True)
class Decision:
    """`by` is the name that is recorded."""

    approved: bool
    by: str
    reason: str

    @property
    def action(self) -> str:
        return "approve model" if self.approved else "reject model"


class BadDecision(RequestFault):
    """A form that nothing can be recorded of."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The decision was not recorded, {problem}: go back and change it.")


def decision_of(person: Person, decision: str, name: str, reason: str) -> Decision:
    """A form as it is recorded. Whom a proxy names, decides under that name. Raises `BadDecision`."""
    if decision not in (APPROVE, REJECT):
        raise BadDecision(f"it is neither {APPROVE!r} nor {REJECT!r}")
    by = _text(person.name if person.by_proxy else name, "name", LONGEST_NAME, allowed="")
    return Decision(decision == APPROVE, by, _text(reason, "reason", LONGEST_REASON, allowed=LINE_BREAKS))


def _text(given: str, what: str, longest: int, allowed: str) -> str:
    text = given.replace("\r\n", "\n").strip()  # as browsers send the lines of a form
    if not text:
        raise BadDecision(f"it has no {what}")
    if len(text) > longest:
        raise BadDecision(f"its {what} has {len(text):,} characters and may have {longest:,}")
    if any(unicodedata.category(one) == "Cc" and one not in allowed for one in text):
        raise BadDecision(f"its {what} holds control characters")
    return text
