"""Sockets that servers listen on, bound early: a port that is taken is the first thing that is said."""

from __future__ import annotations

import socket

from shipway.endpoint.addresses import joined
from shipway.errors import EnvironmentFault, in_one_line


class CannotListen(EnvironmentFault):
    """An address that is taken, is none of this machine's, or is none at all."""

    def __init__(self, server: str, host: str, port: int, reason: str, flag: str) -> None:
        super().__init__(
            f"{server} cannot listen on {joined(host, port)} ({reason}): stop what listens there, or choose another "
            f"--{flag} or --host."
        )


def bound_socket(server: str, host: str, port: int, flag: str = "port") -> socket.socket:
    """A socket that is bound, to any free port where `port` is 0, and does not listen yet.

    A name that stands for several addresses is taken by its first of IPv4. `server` and `flag` go into the sentence of
    `CannotListen`, which is raised for an address that cannot be had.
    """
    try:
        found = socket.getaddrinfo(host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, _, _, address = min(found, key=lambda one: one[0] == socket.AF_INET6)
        bound = socket.socket(family, kind)
    except OSError as error:
        raise CannotListen(server, host, port, in_one_line(error), flag) from error
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address[0], port, *address[2:]))
    except (OSError, OverflowError) as error:
        bound.close()
        raise CannotListen(server, host, port, in_one_line(error), flag) from error
    return bound


def listening_socket(server: str, host: str, port: int) -> socket.socket:
    """A socket that listens; otherwise as `bound_socket`."""
    bound = bound_socket(server, host, port)
    try:
        bound.listen()
    except OSError as error:
        bound.close()
        raise CannotListen(server, host, port, in_one_line(error), "port") from error
    return bound
