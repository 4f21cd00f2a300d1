"""A hint at the name that was probably meant, for the sentence that says a name is unknown."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, known: Iterable[str]) -> str:
    """ " (did you mean 'x'?)" for the known name nearest to `name`, or nothing."""
    import difflib

    matches = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {matches[0]!r}?)" if matches else ""
