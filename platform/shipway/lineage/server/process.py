"""The service as a process: its event loop, its signals, and what it prints."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from shipway.lineage.server.options import ServiceOptions, is_loopback

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"

log = logging.getLogger("shipway.metadata")


def serve(options: ServiceOptions) -> int:
    """Run a service until SIGTERM or Ctrl-C; returns the exit code.

    Raises:
        ShipwayError: it cannot start; nothing is left running.
    """
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    options.check()
    return asyncio.run(_serve(options))


async def _serve(options: ServiceOptions) -> int:
    from shipway.lineage.server.server import MetadataServer

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = MetadataServer(options)
    await server.start()
    try:
        log.info("listening on %s; serving %s", " and ".join(server.addresses), options.database)
        if options.token_file is not None and options.tls is None and not is_loopback(options.host):
            log.warning("the token and all metadata travel unencrypted: give --tls_cert_file and --tls_key_file")
        await stopping.wait()
    finally:
        log.info("stopping: calls under way have up to %g s", options.drain_seconds)
        await server.stop()
    log.info("stopped")
    return 0
