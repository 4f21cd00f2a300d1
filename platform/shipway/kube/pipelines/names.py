"""What a person meant by a name that the cluster does not know."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from shipway.errors import UsageError

NAMES_SHOWN = 8


class UnknownName(UsageError):
    """A pipeline, version, run or schedule that is not there."""

    def __init__(self, kind: str, name: str, known: Iterable[str] | None, advice: str) -> None:
        hint = "" if known is None else _meant(name, list(known), kind)
        super().__init__(f"Kubeflow Pipelines has no {kind} {name!r}{hint}; {advice}.")


class AmbiguousName(UsageError):
    """A name that several runs share."""

    def __init__(self, kind: str, name: str, ids: Iterable[str]) -> None:
        super().__init__(f"{name!r} stands for several {kind}s: give one of the ids {', '.join(ids)}.")


def _meant(name: str, known: list[str], kind: str) -> str:
    near = difflib.get_close_matches(name, known, n=3)
    if near:
        return f" (did you mean {' or '.join(map(repr, near))}?)"
    if not known:
        return f", nor any other {kind}"
    more = ", ..." if len(known) > NAMES_SHOWN else ""
    return f"; it has {', '.join(known[:NAMES_SHOWN])}{more}"
