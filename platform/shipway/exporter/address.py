"""Where the exporter listens."""

from __future__ import annotations

import socket

from shipway.endpoint.addresses import joined
from shipway.errors import EnvironmentFault, in_one_line


class CannotListen(EnvironmentFault):
    """An address that cannot be listened on."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"The exporter cannot listen on {joined(host, port)} ({reason}): stop what listens there, or choose "
            "another --port or --host."
        )


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens; raises `CannotListen`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen()
    except (OSError, OverflowError) as error:
        opened.close()
        raise CannotListen(host, port, in_one_line(error)) from error
    return opened
