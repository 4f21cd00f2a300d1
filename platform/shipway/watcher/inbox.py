"""What the followers tell, from their threads to the clerk's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from shipway.kube.faults import KubeFault

LISTED, CHANGED, DELETED, LOST = "listed", "changed", "deleted", "lost"
PODS, WORKFLOWS = "pods", "workflows"
AT_ONCE = 1000


@dataclass(frozen=True)
class News:
    """`content` is a list of objects, an object, or a fault."""

    namespace: str
    kind: str
    verb: str
    content: Any


class Inbox:
    """A queue of news; any thread may put, one takes."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[News] = SimpleQueue()

    def slot(self, namespace: str, kind: str) -> Slot:
        """Where the follower of one collection puts what it is told."""
        return Slot(namespace, kind, self._queue.put)

    def take(self, seconds: float) -> list[News]:
        """What has come, waiting for the first for so long."""
        found: list[News] = []
        try:
            found.append(self._queue.get(timeout=seconds))
            while len(found) < AT_ONCE:
                found.append(self._queue.get_nowait())
        except Empty:
            pass
        return found


class Slot:
    """A `Listener` of the followers."""

    def __init__(self, namespace: str, kind: str, put: Callable[[News], None]) -> None:
        self._namespace, self._kind, self._put = namespace, kind, put

    def listed(self, objects: list[Any]) -> None:
        self._tell(LISTED, objects)

    def changed(self, found: Any) -> None:
        self._tell(CHANGED, found)

    def deleted(self, found: Any) -> None:
        self._tell(DELETED, found)

    def lost(self, fault: KubeFault) -> None:
        self._tell(LOST, fault)

    def _tell(self, verb: str, content: Any) -> None:
        self._put(News(self._namespace, self._kind, verb, content))
