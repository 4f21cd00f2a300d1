"""What the address of a page of statistics asks for. Whatever is no choice counts as not chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

STANDARD, QUANTILES, LENGTHS = "standard", "quantiles", "lengths"
CHARTS = {STANDARD: "values", QUANTILES: "quantiles", LENGTHS: "values a row"}
ORDER, NAME, MISSING, ZEROS, DISTANCE, NON_UNIFORM = "order", "name", "missing", "zeros", "distance", "non-uniformity"
SORTS = {
    ORDER: "as in the data",
    NAME: "by name",
    MISSING: "most missing",
    ZEROS: "most zeros",
    NON_UNIFORM: "least uniform",
    DISTANCE: "farthest apart",
}
TEXTS = ("split", "slice", "against", "against_split", "kind", "find")
LONGEST_TEXT = 2000


@dataclass(frozen=True)
class Asked:
    """One state of the page. `against` is an id or ""; `sort` "" is the worst first where two are compared."""

    split: str = ""
    slice: str = ""
    against: str = ""
    against_split: str = ""
    chart: str = STANDARD
    log: bool = False
    weighted: bool = False
    sort: str = ""
    kind: str = ""
    find: str = ""
    page: int = 1

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Asked:
        """The state that a query names."""
        texts = {name: given.get(name, "")[:LONGEST_TEXT] for name in TEXTS}
        chart, sort, page = (given.get(name, "") for name in ("chart", "sort", "page"))
        return cls(
            **{**texts, "find": texts["find"].strip()},
            chart=chart if chart in CHARTS else STANDARD,
            sort=sort if sort in SORTS else "",
            log=given.get("log", "") == "1",
            weighted=given.get("weighted", "") == "1",
            page=max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < 6 else 1,
        )

    @property
    def compares(self) -> bool:
        """Whether a second data set was asked for."""
        return bool(self.against or self.against_split)

    @property
    def order(self) -> str:
        """The sort that counts: of distances there are none without a second data set."""
        if self.sort == DISTANCE and not self.compares:
            return ORDER
        return self.sort or (DISTANCE if self.compares else ORDER)

    def query(self, **changes: Any) -> str:
        """The query of this state with other values, without what goes without saying; "" where nothing is left."""
        chosen, usual = replace(self, **changes), Asked()
        given = {one.name: getattr(chosen, one.name) for one in fields(self)}
        told = {name: int(value) if isinstance(value, bool) else value for name, value in given.items()}
        query = urlencode({name: value for name, value in told.items() if value != getattr(usual, name)})
        return f"?{query}" if query else ""
