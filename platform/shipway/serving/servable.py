"""What is served now: models, their versions that can be asked, their labels, and the state of every version.

Only the event loop reads and changes these objects, so a request sees either the old state or the new one. TensorFlow
Serving's words: a servable is one loaded version of a model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from shipway.data.model.signature import SERVING_DEFAULT, Signature
from shipway.serving.batching.batch import Batch
from shipway.serving.batching.batcher import Batcher, QueueFull
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.faults import Code, InvalidRequest, ModelNotFound, NotReady
from shipway.serving.model import Model

if TYPE_CHECKING:
    from shipway.serving.routing import Routing


class VersionState(IntEnum):
    """The states of TensorFlow Serving's ModelVersionStatus, by their numbers."""

    UNKNOWN = 0
    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(frozen=True)
class VersionStatus:
    """Where a version is in its life; a version that failed to load has ended with a code and a message."""

    version: int
    state: VersionState
    code: Code = Code.OK
    message: str = ""


class UnknownSignature(InvalidRequest):
    """The version has no such signature."""

    def __init__(self, name: str, known: Mapping[str, Signature]) -> None:
        super().__init__(
            f'Serving signature name: "{name}" not found in signature def: it has {", ".join(sorted(known)) or "none"}.'
        )


class UnknownModel(ModelNotFound):
    """Nothing is served under this name."""

    def __init__(self, name: str, known: Mapping[str, ServedModel]) -> None:
        super().__init__(
            f"Servable not found for request: Latest({name}). Models served here: {', '.join(sorted(known)) or 'none'}."
        )


class UnknownVersion(ModelNotFound):
    """The model has no such version, or not now."""

    def __init__(self, name: str, version: int, known: Mapping[int, Servable]) -> None:
        super().__init__(
            f"Servable not found for request: Specific({name}, {version}). Versions available: "
            f"{', '.join(map(str, sorted(known))) or 'none'}."
        )


class UnknownLabel(InvalidRequest):
    """The model has no such label."""

    def __init__(self, name: str, label: str, known: Mapping[str, int]) -> None:
        super().__init__(
            f"Unrecognized servable version label: {label}. Labels of {name}: {', '.join(sorted(known)) or 'none'}."
        )


class NoVersionAvailable(NotReady):
    """The model is configured, and no version of it is loaded (yet)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No version of {name} is available yet: GET /v1/models/{name} says what it is waiting for.")


class Servable:
    """One loaded version: its model, its batchers, and how many requests it has in hand.

    Attributes:
        in_flight: requests that were opened and not closed.
        drained: set when the version is retired and its last request is answered.
        full: what refuses a request where there is no room; only to be told, for raising it again would keep its trace.
        kept: what transports prepare once for a signature, such as how to decode it.
    """

    def __init__(
        self,
        name: str,
        version: int,
        model: Model,
        rules: BatchingRules,
        loop: asyncio.AbstractEventLoop,
        observe: Callable[[Servable, Batch], None],
    ) -> None:
        self.name = name
        self.version = version
        self.model = model
        self.in_flight = 0
        self.is_retired = False
        self.drained = asyncio.Event()
        self.kept: dict[Any, Any] = {}
        self.full = QueueFull(rules.max_queued_rows)
        self._rules = rules
        self._loop = loop
        self._observe = observe
        self._batchers: dict[tuple[str, bool], Batcher] = {}

    def signature(self, name: str = "") -> Signature:
        """The signature called `name`, by default TensorFlow Serving's default; raises `UnknownSignature`."""
        signature = self.model.signatures.get(name or SERVING_DEFAULT)
        if signature is None:
            raise UnknownSignature(name or SERVING_DEFAULT, self.model.signatures)
        return signature

    def batcher(self, signature: Signature, *, in_background: bool = False) -> Batcher:
        """The batcher of a signature of this version; the one in the background never holds up the event loop."""
        key = (signature.name, in_background)
        batcher = self._batchers.get(key)
        if batcher is None:
            batcher = self._batchers[key] = Batcher(
                self.model.call,
                signature,
                self._rules,
                self._loop,
                lambda batch: self._observe(self, batch),
                is_background=in_background,
            )
        return batcher

    @property
    def queued_rows(self) -> int:
        return sum(batcher.queued_rows for batcher in self._batchers.values())

    @property
    def has_room(self) -> bool:
        """Whether a request of some size would be taken; where none would, nothing is to be spent on it."""
        limit = self._rules.max_queued_rows
        return all(batcher.queued_rows < limit for batcher in self._batchers.values())

    def no_room(self) -> QueueFull:
        """What refuses a request where there is no room, to be raised."""
        return QueueFull(self._rules.max_queued_rows)

    def take(self) -> None:
        """A request is opened for this version."""
        self.in_flight += 1

    def release(self) -> None:
        """A request of this version is closed."""
        self.in_flight -= 1
        if self.is_retired and not self.in_flight:
            self.drained.set()

    def retire(self) -> None:
        """No request will be opened for this version any more; `drained` is set after the last one."""
        self.is_retired = True
        if not self.in_flight:
            self.drained.set()

    @property
    def is_idle(self) -> bool:
        """Whether no batch waits or runs, not even one whose callers have all given up."""
        return all(batcher.is_idle for batcher in self._batchers.values())

    def stop(self) -> None:
        """End the lanes, once the version is drained and idle."""
        for batcher in self._batchers.values():
            batcher.close()

    def close(self) -> None:
        """Free the model, after `stop`. It may take long: not for the event loop."""
        self.model.close()


class ServedModel:
    """A model by name: which of its versions can be asked now, under which labels, and how traffic is divided."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.servables: dict[int, Servable] = {}
        self.labels: dict[str, int] = {}
        self.statuses: dict[int, VersionStatus] = {}
        self.routing: Routing | None = None
        self.latest: Servable | None = None

    def publish(self, servable: Servable) -> None:
        """From now on requests may ask for this version."""
        self.servables[servable.version] = servable
        self._renew_latest()

    def withdraw(self, version: int) -> Servable | None:
        """From now on no request reaches this version; requests that have it go on."""
        servable = self.servables.pop(version, None)
        self._renew_latest()
        if servable is not None:
            servable.retire()
        return servable

    def _renew_latest(self) -> None:
        self.latest = self.servables[max(self.servables)] if self.servables else None

    def find(self, version: int | None = None, label: str | None = None) -> Servable:
        """The version asked for, or the latest one.

        Raises:
            UnknownVersion, UnknownLabel: there is none.
            NoVersionAvailable: no version at all is there.
        """
        if version is None and label is None:
            if self.latest is None:
                raise NoVersionAvailable(self.name)
            return self.latest
        if version is None:
            if label not in self.labels:
                raise UnknownLabel(self.name, str(label), self.labels)
            version = self.labels[str(label)]
        servable = self.servables.get(version)
        if servable is None:
            raise UnknownVersion(self.name, version, self.servables)
        return servable


class Catalog:
    """All models by name."""

    def __init__(self) -> None:
        self.models: dict[str, ServedModel] = {}

    def model(self, name: str) -> ServedModel:
        """Raises `UnknownModel`."""
        model = self.models.get(name)
        if model is None:
            raise UnknownModel(name, self.models)
        return model
