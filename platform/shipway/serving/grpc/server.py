"""The gRPC server: its addresses, its start and its end."""

from __future__ import annotations

import asyncio

import grpc

from shipway.errors import EnvironmentFault
from shipway.serving.config.options import ServerOptions
from shipway.serving.grpc.health_service import Health
from shipway.serving.grpc.methods import SERVICES, SHORT_NAMES, Governing, streaming_methods, unary_methods
from shipway.serving.grpc.rpc import Authorising
from shipway.serving.plane import DataPlane


class CannotServeGrpc(EnvironmentFault):
    """An address that gRPC cannot listen on."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"The server cannot listen for gRPC on {address}: stop what listens there, or choose another --port or "
            "--grpc_socket_path."
        )


class GrpcServer:
    """TensorFlow Serving's services, the Open Inference Protocol, health and reflection. It is started once.

    Args:
        authoriser: asked before everything that is not health.
    """

    def __init__(self, plane: DataPlane, lifecycle: Governing, authoriser: Authorising, options: ServerOptions) -> None:
        self._plane = plane
        self._lifecycle = lifecycle
        self._authoriser = authoriser
        self._options = options
        self._stopping = asyncio.Event()
        self._server: grpc.aio.Server | None = None

    async def start(self, address: str, credentials: grpc.ServerCredentials | None) -> int:
        """Listen on an address, empty for none, and on the options' UNIX socket.

        Args:
            address: host and port; port 0 takes any free one.
            credentials: of TLS; None for plain text.

        Returns:
            The port, 0 without an address.

        Raises:
            CannotServeGrpc: something else listens there, or nothing may.
        """
        health = Health(self._plane, self._lifecycle, (*SERVICES, *SHORT_NAMES), self._stopping)
        server = grpc.aio.server(options=self._channel_arguments())
        methods = unary_methods(self._plane, self._lifecycle, self._authoriser, self._options, health)
        server.add_generic_rpc_handlers((methods, *streaming_methods(self._authoriser, self._options, health)))
        port = _listen(server, address, credentials) if address else 0
        if self._options.grpc_socket_path is not None:
            _listen(server, f"unix:{self._options.grpc_socket_path}", credentials)
        await server.start()
        self._server = server
        return port

    async def stop(self, grace_seconds: float) -> None:
        """Take no new RPCs; those under way have so many seconds to end."""
        self._stopping.set()
        if self._server is not None:
            await self._server.stop(grace_seconds)
            self._server = None

    def _channel_arguments(self) -> list[tuple[str, int | str]]:
        arguments: dict[str, int | str] = {
            "grpc.max_receive_message_length": self._options.max_request_bytes,
            "grpc.max_send_message_length": -1,
            # Otherwise two servers could share a port, and each would get some of the requests.
            "grpc.so_reuseport": 0,
        }
        return list({**arguments, **dict(self._options.grpc_channel_arguments)}.items())


def _listen(server: grpc.aio.Server, address: str, credentials: grpc.ServerCredentials | None) -> int:
    try:
        if credentials is None:
            return int(server.add_insecure_port(address))
        return int(server.add_secure_port(address, credentials))
    except RuntimeError as error:
        raise CannotServeGrpc(address) from error
