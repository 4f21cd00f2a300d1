"""A thread that keeps the page up to date, so that a scrape has nothing to do but to send it.

Until the store was read once there are no metrics of pipelines: half of them would look like the whole, and a counter
that only seems to rise would raise alarms. When the store cannot be read, the page stays as it was and says since when.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.errors import ShipwayError
from shipway.exporter.bounds import Bounds
from shipway.exporter.ledger import Ledger
from shipway.exporter.options import DEFAULT_QUIET_SECONDS, DEFAULT_REFRESH_SECONDS
from shipway.exporter.sheet import Sheet
from shipway.exporter.source import Source
from shipway.lineage.following import StoreReplaced
from shipway.settings import MetadataAddress

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric
    from prometheus_client.registry import Collector

SECONDS_TO_STOP = 10.0

log = logging.getLogger(__name__)


class Exporter:
    """Metrics of the store at `address`. `start` and `close` it; `refresh` is for who has a thread of their own."""

    def __init__(
        self,
        address: Path | MetadataAddress,
        refresh_seconds: float = DEFAULT_REFRESH_SECONDS,
        quiet_seconds: float = DEFAULT_QUIET_SECONDS,
    ) -> None:
        self._source = Source(MetadataAddress.of(address))
        self._refresh_seconds = refresh_seconds
        self._quiet_ms = int(quiet_seconds * 1000)
        self._ledger = Ledger(self._quiet_ms)
        self._failures = 0
        self._last_failure = ""
        self._last_read = 0.0
        self._seconds = 0.0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._known: list[Metric] = []
        self._is_whole = False
        self._show()

    @property
    def collector(self) -> Collector:
        """For a registry of prometheus_client."""
        from shipway.exporter.collector import PageCollector

        return PageCollector(self)

    @property
    def families(self) -> list[Metric]:
        """The metrics as of the last refresh."""
        return self._families

    @property
    def page(self) -> bytes:
        """The same in Prometheus' text format."""
        return self._page

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="shipway-exporter", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop refreshing and let go of the store; the page stays."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(SECONDS_TO_STOP)
            if self._thread.is_alive():  # the store does not answer; the thread ends with the process
                return
        self._source.close()

    def refresh(self) -> None:
        """Read what is new and renew the page. Nothing that happens to the store is raised: it is counted."""
        began = time.monotonic()
        try:
            self._read()
        except StoreReplaced:
            log.warning("The metadata store %s is another one than before: it is read anew.", self._source)
            self._forget()
        except ShipwayError as error:
            self._note_failure(str(error))
        except Exception as error:
            log.exception("The metadata store %s could not be read.", self._source)
            self._note_failure(repr(error))
        else:
            if not self._stopping.is_set():
                self._note_success(time.monotonic() - began)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.refresh()
            self._stopping.wait(self._refresh_seconds)

    def _read(self) -> None:
        for changes in self._source.changes():
            if self._stopping.is_set():
                return
            self._ledger.take(changes)

    def _note_success(self, seconds: float) -> None:
        if self._last_failure:
            log.info("The metadata store %s can be read again.", self._source)
        self._last_failure = ""
        self._is_whole = True
        self._last_read, self._seconds = time.time(), seconds
        self._known = self._ledger.sheet(time.time_ns() // 1_000_000).families()
        self._show()

    def _note_failure(self, sentence: str) -> None:
        """A sentence is logged when it is a new one, not at every refresh."""
        self._failures += 1
        if sentence != self._last_failure:
            log.warning("%s", sentence)
        self._last_failure = sentence
        if not self._is_whole:
            self._forget()
        self._show()

    def _forget(self) -> None:
        """Begin anew at the next refresh."""
        self._source.close()
        self._failures += self._ledger.unreadable_files
        self._ledger = Ledger(self._quiet_ms)
        self._is_whole = False

    def _show(self) -> None:
        from shipway.exporter.collector import rendered

        own = Sheet(Bounds())
        for name, value in self._own():
            own.add(name, (), value)
        self._families = [*self._known, *own.families()]
        self._page = rendered(self._families)

    def _own(self) -> Iterator[tuple[str, float]]:
        if self._last_read:
            yield "shipway_exporter_last_refresh_timestamp_seconds", self._last_read
            yield "shipway_exporter_refresh_seconds", self._seconds
        yield "shipway_exporter_errors_total", self._failures + self._ledger.unreadable_files


def exporter_registry(exporter: Exporter) -> CollectorRegistry:
    """A registry with the metrics of `exporter`, to be mounted beside others; its owner starts and closes it."""
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    registry.register(exporter.collector)
    return registry
