"""What a server reads before anybody asks for it, so that its first visitor does not wait for what all others have."""

from __future__ import annotations

import gc
import threading

from shipway.dashboards.runs.shelf import shelf_of
from shipway.dashboards.site import Site
from shipway.errors import EnvironmentFault


def warm(site: Site) -> threading.Thread:
    """Read, in a thread that is given back; requests that come meanwhile are answered."""
    thread = threading.Thread(target=_read, args=(site,), name="shipway-warming", daemon=True)
    thread.start()
    return thread


def _read(site: Site) -> None:
    site.load_templates()
    try:
        shelf_of(site).fill()
    except EnvironmentFault:  # the pages say so
        return
    gc.collect()
    gc.freeze()  # what is there now stays, and need not be looked through while somebody waits
