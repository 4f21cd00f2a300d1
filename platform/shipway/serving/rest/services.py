"""What the handlers work on, and what they ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shipway.serving.config.traffic import TrafficConfig
from shipway.serving.plane import DataPlane
from shipway.serving.routing import Header

if TYPE_CHECKING:
    from shipway.serving.rest.route import Route

Exposition = Callable[[], tuple[bytes, bytes]]
"""The metrics page: its content type and its body."""


class Authorising(Protocol):
    """Whoever decides who may ask."""

    def check(self, header: Header) -> None:
        """Raises `Unauthenticated`."""

    def admits(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether headers, by their lower-case names, are those of somebody who may ask."""


class Operating(Protocol):
    """What callers may have done to the models: a part of the lifecycle."""

    @property
    def is_ready(self) -> bool:
        """Whether every configured model has a version that can be asked."""

    async def load(self, name: str) -> None:
        """Return when the model can be asked; raises a `ServingFault`."""

    async def unload(self, name: str) -> None:
        """Return when the model is gone; raises a `ServingFault`."""

    def set_label(self, model: str, label: str, version: int | None, /) -> None:
        """Move a label, or take it away with None; raises a `ServingFault`."""

    def index(self) -> Sequence[tuple[str, str, str, str]]:
        """Name, version, state and reason of every version, in the words of the Open Inference Protocol."""


class Dividing(Protocol):
    """What callers may do to the traffic."""

    def current(self) -> TrafficConfig: ...

    def apply(self, config: TrafficConfig) -> None:
        """Raises a `ServingFault`, and then changes nothing."""


@dataclass(frozen=True)
class Services:
    """Everything that a handler may need beside its request."""

    plane: DataPlane
    lifecycle: Operating
    traffic: Dividing | None
    exposition: Exposition
    routes: tuple[Route, ...]
    """All that the server answers to, for its description of itself."""

    check_method: bool = False
    """Whether a signature's method name must allow what it is asked for."""
