"""The service as a process: its event loop, its signals, and what it prints."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from shipway.endpoint.addresses import is_loopback
from shipway.lineage.server.options import ServiceOptions

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"

log = logging.getLogger("shipway.metadata")


class Companion(Protocol):
    """What lives in the service's process while the service does, and is shown to Prometheus with it."""

    registry: CollectorRegistry

    def start(self, port: int) -> None:
        """The service listens at `port`."""

    def close(self) -> None:
        """Called in a thread of its own, while the service still answers."""


def serve(options: ServiceOptions, companion: Companion | None = None) -> int:
    """Run a service, and its companion, until SIGTERM or Ctrl-C; returns the exit code.

    Raises:
        ShipwayError: it cannot start; nothing is left running.
    """
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    options.check()
    with asyncio.Runner(loop_factory=_event_loop()) as runner:
        return runner.run(_serve(options, companion))


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop, with which a call costs a quarter less; None for Python's own where it is not installed."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _serve(options: ServiceOptions, companion: Companion | None) -> int:
    from shipway.lineage.server.server import MetadataServer

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = MetadataServer(options, companion.registry if companion else None)
    await server.start()
    try:
        log.info("listening on %s; serving %s", " and ".join(server.addresses), options.database)
        if options.token_file is not None and options.tls is None and not is_loopback(options.host):
            log.warning("the token and all metadata travel unencrypted: give --tls_cert_file and --tls_key_file")
        if companion is not None:
            companion.start(server.port)
        await stopping.wait()
    finally:
        log.info("stopping: calls under way have up to %g s", options.drain_seconds)
        if companion is not None:
            await asyncio.to_thread(companion.close)
        await server.stop()
    log.info("stopped")
    return 0
