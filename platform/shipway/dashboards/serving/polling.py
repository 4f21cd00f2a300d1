"""Looking again and again in a thread of its own, so that no page waits for anybody else's server."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from shipway.endpoint.occasional import Occasionally

log = logging.getLogger("shipway.dashboards")


class Poll:
    """Calls `look` at once and then every so many seconds, until it is stopped. No process waits for it to end."""

    def __init__(self, name: str, seconds: float, look: Callable[[], None]) -> None:
        self._seconds = seconds
        self._look = look
        self._stopping = threading.Event()
        self._complaint = Occasionally()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 0.0) -> None:
        """Look no more; waits so long for a look that is under way."""
        self._stopping.set()
        if seconds and self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except Exception:  # a defect must not end the watching
                if self._complaint.is_due():
                    log.exception("%s failed.", self._thread.name)
            self._stopping.wait(self._seconds)
