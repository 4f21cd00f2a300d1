"""The exporter: what Prometheus is told of pipelines, their data and their models, out of the metadata store.

::

    Exporter            a thread that refreshes every now and then: asks the store what is new, renders the page
      Ledger            what is known so far; hands news to one subject after the other
        runs steps sizes spans validations evaluations blessings pushes
      Sheet             the metrics of one refresh, their labels bounded
    server              HTTP: /metrics hands out the page as it is, so that a scrape never waits for the store

Whoever has an HTTP server already (the metadata service, the dashboards) mounts the same metrics::

    exporter = Exporter(address)
    registry = exporter_registry(exporter)       # or: own_registry.register(exporter.collector)
    exporter.start(); ...; exporter.close()
"""

from shipway.exporter.exporter import Exporter, exporter_registry
from shipway.exporter.options import ExporterOptions

__all__ = ["Exporter", "ExporterOptions", "exporter_registry"]
