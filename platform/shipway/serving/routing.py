"""The contract between the core and whatever divides a model's traffic between its versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from shipway.serving.call import Answer, Call

if TYPE_CHECKING:
    from shipway.serving.servable import Servable, ServedModel

Header = Callable[[str], str | None]
"""The value of a request's header, or of its gRPC metadata, by its lower-case name."""


class Routing(Protocol):
    """How the requests that name neither a version nor a label are divided between the versions of a model."""

    def choose(self, model: ServedModel, header: Header) -> tuple[Servable, str]:
        """The version for a new request, and the name of the arm that it belongs to; raises `NotReady`."""

    def settle(self, model: ServedModel, call: Call) -> tuple[Servable, str]:
        """The same when the inputs are known (`call.feed`), for arms that are sticky by an input; what it gives is
        `call.servable` and `call.arm` where nothing changes."""

    def answered(self, model: ServedModel, call: Call, answer: Answer) -> None:
        """A request was answered: the place to mirror it. It must neither block nor raise."""
