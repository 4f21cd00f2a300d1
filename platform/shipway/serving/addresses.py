"""Where the server listens: sockets bound early, so that a port that is taken is the first thing that is said."""

from __future__ import annotations

import socket

from shipway.endpoint.listening import bound_socket
from shipway.serving.config.options import ANY_FREE_PORT, ServerOptions


def bind(host: str, port: int, flag: str) -> socket.socket:
    """A socket bound to the address and not yet listening; raises `CannotListen`."""
    bound = bound_socket("The server", host, 0 if port == ANY_FREE_PORT else port, flag)
    bound.setblocking(False)
    return bound


def bind_rest(options: ServerOptions) -> socket.socket | None:
    """The socket of REST, where it is on; raises `CannotListen`, also for a port of gRPC that is taken.

    gRPC binds its port itself, and late; a port that is taken should be known before TensorFlow is imported.
    """
    if options.port > 0:
        bind(options.host, options.port, "port").close()
    return bind(options.host, options.rest_api_port, "rest_api_port") if options.rest_api_port else None
