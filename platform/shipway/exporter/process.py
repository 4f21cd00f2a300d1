"""The process of `shipway exporter`, from its first line to a clean end."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shipway.endpoint.addresses import joined
from shipway.endpoint.listening import listening_socket
from shipway.exporter.exporter import Exporter
from shipway.exporter.options import ExporterOptions
from shipway.exporter.server import METRICS, MetricsServer
from shipway.exporter.token import Token

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"


def serve(options: ExporterOptions) -> int:
    """Serve metrics until the process is told to end (SIGTERM, SIGINT).

    Raises what `ExporterOptions.check` raises, `UnusableToken` and `CannotListen`. A store that cannot be read is no
    reason to end.
    """
    options.check()
    token = Token(options.token_file)
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    listening = listening_socket("The exporter", options.host, options.port)
    exporter = Exporter(options.metadata, options.refresh_seconds, options.quiet_seconds)
    server = MetricsServer(listening, lambda: exporter.page, token)
    with _told_to_end() as ending:
        exporter.start()
        server.start()
        store = options.metadata.url or options.metadata.path
        print(f"Metrics of {store} at http://{joined(options.host, server.port)}{METRICS}", flush=True)
        ending.wait()
        server.close()
        exporter.close()
    return 0


@contextmanager
def _told_to_end() -> Iterator[threading.Event]:
    """An event that the signals to end set."""
    ending = threading.Event()

    def end(*_: Any) -> None:
        ending.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
