"""Every method of the server by its path, and who may call it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

import grpc

from shipway.lineage.server.access import Access

Handlers = Mapping[str, grpc.RpcMethodHandler]


class Guarded(grpc.GenericRpcHandler):
    """Hands calls to their methods, those without the token to a refusal.

    Args:
        open_to_all: paths of methods that nobody needs a token for.
        refused: told the path of each call that was refused.
    """

    def __init__(
        self, access: Access, handlers: Handlers, open_to_all: Collection[str], refused: Callable[[str], None]
    ) -> None:
        self._access = access
        self._handlers = dict(handlers)
        self._open_to_all = frozenset(open_to_all)
        self._refused = refused

    def service(self, handler_call_details: Any) -> grpc.RpcMethodHandler | None:
        """What gRPC calls for each call; None is "unimplemented" to it."""
        path = handler_call_details.method
        handler = self._handlers.get(path)
        if handler is None or path in self._open_to_all:
            return handler
        refusal = self._access.refusal(handler_call_details.invocation_metadata)
        if not refusal:
            return handler
        self._refused(path)
        return grpc.unary_unary_rpc_method_handler(_refusing(refusal))


def _refusing(sentence: str) -> Callable[[bytes, Any], Awaitable[None]]:
    async def refuse(_: bytes, context: Any) -> None:
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, sentence)

    return refuse


def paths(service: str, handlers: Mapping[str, grpc.RpcMethodHandler]) -> dict[str, grpc.RpcMethodHandler]:
    """Handlers by path, of handlers by the names of a service's methods."""
    return {f"/{service}/{name}": handler for name, handler in handlers.items()}
