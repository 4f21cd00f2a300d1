"""Events of the lifecycle for several listeners."""

from __future__ import annotations

from collections.abc import Sequence

from shipway.serving.lifecycle.events import LifecycleEvents


class ToldAll:
    """Tells each of its listeners, in their order."""

    def __init__(self, listeners: Sequence[LifecycleEvents]) -> None:
        self._listeners = tuple(listeners)

    def loading(self, model: str, version: int) -> None:
        for listener in self._listeners:
            listener.loading(model, version)

    def loaded(self, model: str, version: int, seconds: float) -> None:
        for listener in self._listeners:
            listener.loaded(model, version, seconds)

    def failed(self, model: str, version: int, reason: str) -> None:
        for listener in self._listeners:
            listener.failed(model, version, reason)

    def unloaded(self, model: str, version: int) -> None:
        for listener in self._listeners:
            listener.unloaded(model, version)
