"""Who is told of what becomes of versions."""

from __future__ import annotations

from typing import Protocol


class LifecycleEvents(Protocol):
    """Keeps account of loading. The methods are called in the event loop and may neither block nor raise."""

    def loading(self, model: str, version: int) -> None:
        """A version has begun to load."""

    def loaded(self, model: str, version: int, seconds: float) -> None:
        """A version is loaded, warm and can be asked; `seconds` is what its last try took."""

    def failed(self, model: str, version: int, reason: str) -> None:
        """A try to load a version has failed; others may follow."""

    def unloaded(self, model: str, version: int) -> None:
        """A version is drained and freed."""


class NoEvents:
    """Tells nobody."""

    def loading(self, model: str, version: int) -> None: ...

    def loaded(self, model: str, version: int, seconds: float) -> None: ...

    def failed(self, model: str, version: int, reason: str) -> None: ...

    def unloaded(self, model: str, version: int) -> None: ...
