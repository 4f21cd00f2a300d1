"""What of one model is looked at: everything that is chosen stands in the address."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

WORST, BEST, ROWS, NAME = "worst", "best", "rows", "name"
ORDERS = (WORST, BEST, ROWS, NAME)
LONGEST = 300
LAST_PAGE = 9999


@dataclass(frozen=True)
class Asked:
    """`evaluation` is the id of one that is not the newest, 0 for the newest.

    Of the slices: `sort` is the metric that they are in the `order` of, "" for the main one; `find` are words in their
    names; `page` counts from 1. `gap` is the metric whose gaps are shown, "" for the main one.
    """

    model_id: int
    evaluation: int = 0
    sort: str = ""
    order: str = WORST
    find: str = ""
    page: int = 1
    gap: str = ""

    @classmethod
    def of(cls, model_id: int, given: dict[str, str]) -> Asked:
        """What an address asks for; what it cannot mean is left out."""
        order = given.get("order", "")
        return cls(
            model_id=model_id,
            evaluation=_number(given.get("evaluation", ""), 10**18),
            sort=given.get("sort", "")[:LONGEST],
            order=order if order in ORDERS else WORST,
            find=given.get("find", "").strip()[:LONGEST],
            page=max(1, _number(given.get("page", ""), LAST_PAGE)),
            gap=given.get("gap", "")[:LONGEST],
        )

    def address(self, place: str = "", **changes: Any) -> str:
        """The page with something else chosen, at a place of it."""
        other = replace(self, **changes)
        chosen = {
            field.name: getattr(other, field.name)
            for field in fields(other)
            if field.name != "model_id" and getattr(other, field.name) != field.default
        }
        words = urlencode(chosen)
        return f"/models/{self.model_id}" + (f"?{words}" if words else "") + (f"#{place}" if place else "")


def _number(text: str, most: int) -> int:
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
