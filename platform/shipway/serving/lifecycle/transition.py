"""Which versions to load and which to let go: the old ones stay until what takes their place can be asked.

TensorFlow Serving's availability-preserving policy, with one difference: it may unload an old version as soon as any
version that is wanted is there, and here the old ones stay until none that is wanted is still coming.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Standing:
    """Where the versions of one model are."""

    aspired: Mapping[int, Path]
    """Those that are wanted and there, with their folders."""

    loaded: Mapping[int, Path]
    """Those that can be asked, with the folders they came from."""

    loading: Mapping[int, Path]
    """Those that are being loaded, or wait for another try."""

    failed: Collection[int] = ()
    """Those that have been given up."""

    unloading: Collection[int] = ()
    """Those that are being drained or freed."""

    is_awaited: bool = False
    """Whether a version that is wanted by its number is not there yet."""


@dataclass(frozen=True)
class Transition:
    """What to do now."""

    load: tuple[int, ...] = ()
    """In this order: the highest version first."""

    give_up: frozenset[int] = frozenset()
    """Loads that nobody wants any more."""

    withdraw: frozenset[int] = frozenset()
    """Versions to drain and unload."""


def next_transition(standing: Standing) -> Transition:
    """What brings the versions closer to what is wanted.

    A version whose folder is another one now (the base path has changed) is loaded from there while the one that was
    loaded before goes on answering.
    """
    aspired, loaded, loading = standing.aspired, standing.loaded, standing.loading
    give_up = frozenset(version for version, folder in loading.items() if aspired.get(version) != folder)
    coming = {version for version, folder in aspired.items() if loaded.get(version) != folder} - set(standing.failed)
    load = coming - set(loading) - set(standing.unloading)
    withdraw = frozenset(loaded) - frozenset(aspired)
    is_replaced = any(loaded.get(version) == folder for version, folder in aspired.items())
    if coming or standing.is_awaited or (aspired and not is_replaced):
        withdraw = frozenset()
    return Transition(tuple(sorted(load, reverse=True)), give_up, withdraw)
