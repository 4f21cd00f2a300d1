"""Where the server listens: sockets bound early, so that a port that is taken is the first thing that is said."""

from __future__ import annotations

import socket

from shipway.errors import EnvironmentFault, in_one_line
from shipway.serving.config.options import ANY_FREE_PORT, ServerOptions


class CannotListen(EnvironmentFault):
    """An address that cannot be listened on."""

    def __init__(self, flag: str, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"The server cannot listen on {host}:{port} ({reason}): stop what listens there, or choose "
            f"another --{flag}."
        )


def bind(host: str, port: int, flag: str) -> socket.socket:
    """A socket bound to the address and not yet listening; raises `CannotListen`."""
    wanted = 0 if port == ANY_FREE_PORT else port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, wanted))
    except OSError as error:
        bound.close()
        raise CannotListen(flag, host, port, in_one_line(error)) from error
    bound.setblocking(False)
    return bound


def bind_rest(options: ServerOptions) -> socket.socket | None:
    """The socket of REST, where it is on; raises `CannotListen`, also for a port of gRPC that is taken.

    gRPC binds its port itself, and late; a port that is taken should be known before TensorFlow is imported.
    """
    if options.port > 0:
        bind(options.host, options.port, "port").close()
    return bind(options.host, options.rest_api_port, "rest_api_port") if options.rest_api_port else None
