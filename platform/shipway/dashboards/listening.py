"""Where the dashboards listen: a socket bound early, so that a port that is taken is the first thing that is said."""

from __future__ import annotations

import socket

from shipway.endpoint.addresses import joined
from shipway.errors import EnvironmentFault, in_one_line


class CannotListen(EnvironmentFault):
    """An address that cannot be listened on."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"The dashboards cannot listen on {joined(host, port)} ({reason}): stop what listens there, or choose "
            "another --port or --host."
        )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, of any free port where `port` is 0; raises `CannotListen`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotListen(host, port, in_one_line(error)) from error
    family, kind, _, _, address = found[0]
    bound = socket.socket(family, kind)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise CannotListen(host, port, in_one_line(error)) from error
    return bound
