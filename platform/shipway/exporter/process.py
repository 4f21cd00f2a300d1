"""The process of `shipway exporter`, from its first line to a clean end."""

from __future__ import annotations

import logging

from shipway.endpoint.addresses import joined
from shipway.endpoint.ending import told_to_end
from shipway.endpoint.listening import listening_socket
from shipway.endpoint.metrics_server import METRICS, MetricsServer
from shipway.endpoint.token import Token
from shipway.exporter.exporter import Exporter
from shipway.exporter.options import ExporterOptions

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
    server = MetricsServer(listening, "shipway-exporter", lambda: exporter.page, token)
    with told_to_end() as ending:
        exporter.start()
        server.start()
        store = options.metadata.url or options.metadata.path
        print(f"Metrics of {store} at http://{joined(options.host, server.port)}{METRICS}", flush=True)
        ending.wait()
        server.close()
        exporter.close()
    return 0
