"""Following a configuration file that changes while the server runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from shipway.errors import ShipwayError

log = logging.getLogger(__name__)


async def watch_file(path: Path, seconds: float, changed: Callable[[], Awaitable[None]]) -> None:
    """Call `changed` whenever the file's content is another, until cancelled.

    A file that cannot be used is told once, and looked at again when it has changed again.
    """
    known = _content(path)
    while True:
        await asyncio.sleep(seconds)
        content = _content(path)
        if content is None or content == known:
            continue
        known = content
        try:
            await changed()
            log.info("%s has changed and is in force", path)
        except ShipwayError as error:
            log.error("%s has changed, and not everything in it holds: %s", path, error)
        except Exception:
            log.exception("%s has changed and could not be taken; its next change is looked at again", path)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
