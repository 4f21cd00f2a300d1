"""The metadata service put together."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import grpc
from prometheus_client import CollectorRegistry

from shipway.endpoint.addresses import joined
from shipway.lineage.database import SQLITE
from shipway.lineage.embedded import make_folder
from shipway.lineage.lock import lock_file
from shipway.lineage.server.access import Access
from shipway.lineage.server.admission import Admission
from shipway.lineage.server.engines import Engines
from shipway.lineage.server.exposition import Exposition
from shipway.lineage.server.guarded import Guarded
from shipway.lineage.server.health import Health, StoreWatch
from shipway.lineage.server.listening import CannotListen
from shipway.lineage.server.locks import RECORDING, Locks
from shipway.lineage.server.metrics import ServiceMetrics
from shipway.lineage.server.options import ANY_FREE_PORT, ServiceOptions
from shipway.lineage.server.preparing import prepare
from shipway.lineage.server.reflection import reflection_handlers
from shipway.lineage.server.service import MetadataCalls
from shipway.lineage.server.sole_server import sole_server

LARGEST_MESSAGES = 8
"""So many of the largest requests may be in hand at once."""

FLUSH_SECONDS = 0.5
"""What answers that were given last have to reach their callers."""


class MetadataServer:
    """One service, made, started and stopped in its event loop.

    Args:
        registry: what Prometheus is shown; collectors of others may be in it.

    Attributes:
        port, metrics_port: where it listens once started; 0 where it does not.

    Raises:
        ShipwayError: the options, or files that they name, cannot be used.
    """

    def __init__(self, options: ServiceOptions, registry: CollectorRegistry | None = None) -> None:
        options.check()
        self.options = options
        self.port = self.metrics_port = 0
        self._admission = Admission(options.max_calls, LARGEST_MESSAGES * options.max_message_bytes)
        self._metrics = ServiceMetrics(registry or CollectorRegistry(), lambda: self._admission.count)
        self._access = Access(options.token_file)
        self._credentials = None if options.tls is None else options.tls.credentials()
        self._health = Health()
        self._stack = ExitStack()
        self._engines: Engines | None = None
        self._locks: Locks | None = None
        self._watching: asyncio.Task[None] | None = None
        self._server: grpc.aio.Server | None = None
        self._exposition: Exposition | None = None

    @property
    def addresses(self) -> list[str]:
        """Where it listens, as people write it."""
        scheme = "grpc" if self._credentials is None else "grpcs"
        addresses = [f"{scheme}://{joined(self.options.host, self.port)}"]
        if self.metrics_port:
            addresses.append(f"http://{joined(self.options.metrics_host, self.metrics_port)}/metrics")
        return addresses

    async def start(self) -> None:
        """Open the database and listen.

        Raises:
            AlreadyServed: another server has the file.
            StoreUnusable: the database cannot be used.
            CannotListen: an address is taken.
        """
        try:
            await self._open()
            await self._listen()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Take no new calls, let those under way end within the options' drain_seconds, and close everything."""
        if self._locks is not None:
            self._locks.stop()
        self._health.stop()
        await self._admission.drain(self.options.drain_seconds)
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        if self._server is not None:
            await self._server.stop(FLUSH_SECONDS)
        if self._engines is not None:
            await self._engines.close()
        if self._exposition is not None:
            await asyncio.to_thread(self._exposition.close)
        self._stack.close()

    async def _open(self) -> None:
        database = self.options.database
        files = {}
        if database.kind == SQLITE and database.path is not None:
            make_folder(database.path.parent)
            self._stack.enter_context(sole_server(database.path))
            files[RECORDING] = lock_file(database.path)
        await asyncio.to_thread(prepare, database)
        self._locks = Locks(files)
        self._engines = Engines(database, self.options.connections)
        await self._engines.start()
        watch = StoreWatch(self._engines, self._health, self._metrics.store_is)
        await watch.look()
        self._watching = asyncio.create_task(watch.run())

    async def _listen(self) -> None:
        options = self.options
        if options.metrics_port:
            port = max(options.metrics_port, 0)
            self._exposition = Exposition(
                options.metrics_host, port, self._metrics.registry, lambda: self._health.is_up
            )
            self.metrics_port = self._exposition.port
        server = grpc.aio.server(options=_channel_arguments(options.max_message_bytes))
        server.add_generic_rpc_handlers((self._methods(),))
        address = joined(options.host, 0 if options.port == ANY_FREE_PORT else options.port)
        try:
            if self._credentials is None:
                self.port = server.add_insecure_port(address)
            else:
                self.port = server.add_secure_port(address, self._credentials)
        except RuntimeError as error:
            raise CannotListen("port", options.host, options.port) from error
        self._server = server
        await server.start()

    def _methods(self) -> Guarded:
        assert self._engines is not None
        assert self._locks is not None
        calls = MetadataCalls(self._engines, self._admission, self._metrics)
        health = self._health.handlers()
        metadata = calls.handlers()

        def refused(path: str) -> None:
            if path in metadata:
                self._metrics.ended(path.rpartition("/")[2], grpc.StatusCode.UNAUTHENTICATED.name, 0.0)

        handlers = {**metadata, **self._locks.handlers(), **reflection_handlers(), **health}
        return Guarded(self._access, handlers, health, refused)


def _channel_arguments(max_message_bytes: int) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.so_reuseport", 0),  # otherwise two servers could share a port, and each would get some of the calls
        # A caller whose machine is gone lets go of its locks within a minute; callers may look as often.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ]
