"""Following a collection of the API server's: all that is there, then every change, for as long as one likes.

A list gives a resource version, and a watch goes on from there. The server ends watches, forgets old versions (410)
and goes away; whoever follows is told the whole list anew then, and misses nothing but what came and went meanwhile.
"""

from __future__ import annotations

import json
import logging
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shipway.kube.faults import KubeFault, kube_faults
from shipway.kube.reading import get_json, open_stream

PAGE = "200"
WATCH_SECONDS = 240
"""The server ends a watch after this; a connection on which nothing came for longer is taken for dead."""
CONNECT_SECONDS, SILENCE_SECONDS = 10.0, WATCH_SECONDS + 30.0
EXPIRED_PAUSE, FIRST_PAUSE, LONGEST_PAUSE = 0.2, 1.0, 30.0
GONE = 410

log = logging.getLogger(__name__)


class Expired(Exception):
    """The server no longer knows the version that a watch, or the rest of a list, goes on from."""


class Listener(Protocol):
    """Who is told, from one thread."""

    def listed(self, objects: list[Any]) -> None:
        """All that is there now; what was there before and is not in it is gone."""
        ...

    def changed(self, found: Any) -> None:
        """An object is new, or another than before."""
        ...

    def deleted(self, found: Any) -> None:
        """An object is gone; this was its last state."""
        ...

    def lost(self, fault: KubeFault) -> None:
        """The server cannot be asked; it is tried again."""
        ...


@dataclass(frozen=True)
class Collection:
    """What is followed. `read` makes what the listener is told of an object's JSON, None for what is of no interest."""

    path: str
    label_selector: str
    doing: str
    read: Callable[[Mapping[str, Any]], Any]


class Follower:
    """Follows one collection in a thread of its own, from `start` to `stop`."""

    def __init__(self, api: Any, collection: Collection, listener: Listener) -> None:
        self._api = api
        self._collection = collection
        self._listener = listener
        self._stopping = threading.Event()
        self._stream: Any = None
        self._thread = threading.Thread(target=self._run, name=f"follow {collection.path}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Tell nobody anything any more; a watch that is open is left to end with the process."""
        self._stopping.set()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                version = self._list()
                pause = FIRST_PAUSE
                while not self._stopping.is_set():
                    version = self._watch(version)
            except Expired:
                log.info("The server has forgotten where the watch of %s stood: it is listed anew.", self._what)
                self._stopping.wait(EXPIRED_PAUSE)
            except KubeFault as fault:
                self._listener.lost(fault)
                self._stopping.wait(pause * random.uniform(0.5, 1.0))
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception:
                log.exception("What the server sent of %s could not be read: it is listed anew.", self._what)
                self._stopping.wait(LONGEST_PAUSE)

    @property
    def _what(self) -> str:
        return self._collection.path

    def _list(self) -> str:
        """Tell of all that is there; the version at which that was so. Raises `KubeFault` and `Expired`."""
        objects: list[Any] = []
        query = {"labelSelector": self._collection.label_selector, "limit": PAGE}
        while True:
            with _expiry():
                page = get_json(self._api, self._collection.path, query, self._collection.doing)
            objects += [found for one in page.get("items") or [] if (found := self._collection.read(one)) is not None]
            metadata = page.get("metadata") or {}
            if not metadata.get("continue"):
                break
            query["continue"] = metadata["continue"]
        if not self._stopping.is_set():
            self._listener.listed(objects)
        return str(metadata.get("resourceVersion", ""))

    def _watch(self, version: str) -> str:
        """Tell of changes until the server ends the watch; the version to go on from."""
        query = {
            "labelSelector": self._collection.label_selector,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        with _expiry(), kube_faults(self._collection.doing):
            stream = open_stream(self._api, self._collection.path, query, (CONNECT_SECONDS, SILENCE_SECONDS))
            try:
                for event in _events(stream):
                    if self._stopping.is_set():
                        break
                    version = self._tell(event) or version
            finally:
                stream.close()
                stream.release_conn()
        return version

    def _tell(self, event: Mapping[str, Any]) -> str:
        """Hand an event on; the version that it stands for."""
        kind, content = event.get("type"), event.get("object") or {}
        if kind == "ERROR":
            if content.get("code") == GONE:
                raise Expired
            raise ConnectionError(f"the watch ended: {content.get('message') or content.get('reason')}")
        version = str((content.get("metadata") or {}).get("resourceVersion", ""))
        if kind != "BOOKMARK" and (found := self._collection.read(content)) is not None:
            (self._listener.deleted if kind == "DELETED" else self._listener.changed)(found)
        return version


class _expiry:
    """Turns the answer 410 Gone into `Expired`: `kube_faults` has no other word for it than for 404."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        cause = error.__cause__ if isinstance(error, KubeFault) else None
        if getattr(cause, "status", None) == GONE:
            raise Expired from error


def _events(stream: Any) -> Iterator[dict[str, Any]]:
    """The events of a watch, a line each; a line that broke off with the connection is none."""
    rest = b""
    for piece in stream.stream(amt=65536, decode_content=False):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)
