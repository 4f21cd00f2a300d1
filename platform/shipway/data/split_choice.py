"""Which splits a step works on: all that an artifact has, but for those it was told to leave out."""

from __future__ import annotations

from collections.abc import Sequence

from shipway.data.errors import listing
from shipway.errors import UsageError


class UnknownExcludedSplit(UsageError):
    """A split to leave out that is not there anyway."""

    def __init__(self, split: str, splits: Sequence[str], source: str) -> None:
        super().__init__(
            f"exclude_splits names the split {split!r}, which the {source} do not have: "
            f"their splits are {listing(splits)}."
        )


class NoSplitLeft(UsageError):
    """Every split was to be left out, or there was none to begin with."""

    def __init__(self, splits: Sequence[str], source: str) -> None:
        super().__init__(
            f"No split of the {source} is left to work on, of {listing(splits)}: name fewer of them in exclude_splits."
        )


def chosen_splits(splits: Sequence[str], exclude_splits: Sequence[str], source: str) -> list[str]:
    """`splits` without the excluded ones, in their order; `source` says in a sentence what has the splits ("examples").

    Raises `UnknownExcludedSplit` and `NoSplitLeft`.
    """
    for split in exclude_splits:
        if split not in splits:
            raise UnknownExcludedSplit(split, splits, source)
    left = [split for split in splits if split not in exclude_splits]
    if not left:
        raise NoSplitLeft(splits, source)
    return left
