"""What the address of a model's page says: the window of its charts, and which features and version are compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from shipway.dashboards.pages.serving.model import DEFAULT_WINDOW, LONG, REMEMBERED
from shipway.dashboards.rendering import part
from shipway.dashboards.serving.drift import NUMERIC, TEXT

LIVE, CURVES, DRIFT = "live", "curves", "drift"
PARTS = {LIVE: "serving/model_live.html", CURVES: "serving/curves.html", DRIFT: "serving/drift_part.html"}
KINDS = (NUMERIC, TEXT)


@dataclass(frozen=True)
class Asked:
    """A choice; `kind` and `version` are "" for all features and for the newest version that lineage knows."""

    model: str
    window: str = DEFAULT_WINDOW
    kind: str = ""
    version: str = ""

    @classmethod
    def of(cls, model: str, window: str, kind: str, version: str) -> Asked:
        """What an address asks for; what it asks for and there is not counts as not asked for."""
        return cls(
            model,
            window if window in REMEMBERED or window in LONG else DEFAULT_WINDOW,
            kind if kind in KINDS else "",
            version if version.isascii() and version.isdigit() else "",
        )

    def address(self, **changed: str) -> str:
        """The address of this page with something chosen otherwise; `part` asks for a piece of it."""
        piece = changed.pop("part", "")
        chosen = replace(self, **changed)
        given = {
            "window": chosen.window if chosen.window != DEFAULT_WINDOW else "",
            "kind": chosen.kind,
            "version": chosen.version,
            "part": piece,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/serving/{part(self.model)}" + (f"?{query}" if query else "")
