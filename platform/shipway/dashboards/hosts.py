"""The Host header: a page somewhere else may point its own name at this server (DNS rebinding), and must get nothing.

An address made of numbers cannot be rebound, so those pass; of names, those of this machine and those that are allowed.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from shipway.dashboards.faults import RequestFault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class UnknownHost(RequestFault):
    """A Host header with a name that is not this server's."""

    status = 421

    def __init__(self, host: str) -> None:
        super().__init__(
            f"This server is not {host[:100]!r}: use its own name or address, or start it with --allowed_hosts."
        )


class KnownHosts:
    """Refuses requests for other hosts; raises `UnknownHost`."""

    def __init__(self, app: ASGIApp, allowed: Iterable[str] = ()) -> None:
        self._app = app
        name = socket.gethostname().lower()
        self._allowed = {"localhost", name, name.partition(".")[0], *(one.lower() for one in allowed)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), "")
            if not self._knows(without_port(host).lower()):
                raise UnknownHost(host)
        await self._app(scope, receive, send)

    def _knows(self, name: str) -> bool:
        return name in self._allowed or is_address(name)


def without_port(host: str) -> str:
    """The name of a Host header: of [::1]:8080 it is ::1."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
