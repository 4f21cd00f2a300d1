"""One connection of ML Metadata's engine to its database.

It is opened again by itself when it was lost, and asked again when somebody else was in the way.
"""

from __future__ import annotations

import os
import time
from enum import Enum
from pathlib import Path
from typing import Any

from shipway.errors import EnvironmentFault, ShipwayError
from shipway.lineage.embedded import connect
from shipway.lineage.engine import native
from shipway.lineage.faults import MissingStore, fault_of, is_busy
from shipway.lineage.protos import ConnectionConfig, MigrationOptions
from shipway.lineage.server.answer import (
    ABORTED,
    INTERNAL,
    INVALID_ARGUMENT,
    OK,
    UNAVAILABLE,
    UNIMPLEMENTED,
    Answer,
    missed,
)
from shipway.lineage.server.backslashes import with_backslashes, without_backslashes
from shipway.lineage.server.frames import Opening
from shipway.lineage.server.methods import BY_NAME, Method
from shipway.lineage.server.requests import BadRequest, acceptable

RETRY_SECONDS = 10.0
SHORTEST_WAIT = 0.002
LONGEST_WAIT = 0.1

LOST = (
    "gone away",
    "lost connection",
    "mysql_real_connect failed",
    "can't connect",
    "server closed the connection",
    "terminating connection",
    "connection to server",
    "could not connect",
    "no connection to the server",
    "connection has been closed",
    "connection not open",
    "the database system is",
)
"""Signs of a connection that is no more, in what MySQL's and PostgreSQL's clients say."""

NO_REASON = "postgresql metadata source error:"
"""All that is said of a connection to PostgreSQL that could not be made."""

IN_THE_WAY = ("deadlock detected", "could not serialize")
BROKEN_OFF = ("transaction already open", "no opened connection")
"""The handle itself is no longer usable; nothing of the call was done."""

COMPOSED = {
    "GetParentContextsByContexts": ("GetParentContextsByContext", "contexts", "parent_contexts"),
    "GetChildrenContextsByContexts": ("GetChildrenContextsByContext", "contexts", "children_contexts"),
}
"""Methods for many contexts that the engine has for one alone: that method, its answer's field and the many's."""


class UnusableDatabase(EnvironmentFault):
    """A database that does not answer as a metadata store."""

    def __init__(self, name: str, reason: str) -> None:
        said = " ".join(reason.split())[:200].rstrip(".: ") or "no connection"
        super().__init__(
            f"The metadata database {name} cannot be used ({said}): see that its server runs, that the database "
            "exists, and that its user may read and write it with the password that is given."
        )


class Sign(Enum):
    """What a refusal says about the connection."""

    NOTHING = "it is about the call"
    BUSY = "somebody else was in the way"
    BROKEN_OFF = "the handle is unusable, and the call did nothing"
    LOST = "the database went away; what the call did is not known"


class EngineHandle:
    """The engine, opened on a database."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._config = ConnectionConfig.FromString(opening.config)
        self._is_postgresql = self._config.HasField("postgresql")
        self._path = Path(opening.path) if opening.path else None
        self._store: Any = None
        self._identity: tuple[int, int] | None = None

    def open(self) -> None:
        """Raises an `EnvironmentFault` when the database cannot be used."""
        self._store = None
        if self._path is not None:
            sqlite = self._config.sqlite
            self._identity = _identity(self._path)
            self._store = connect(sqlite.filename_uri, self._path, sqlite.connection_mode)
            return
        try:
            self._store = native.CreateMetadataStore(self._opening.config, MigrationOptions().SerializeToString())
        except RuntimeError as error:
            raise UnusableDatabase(self._opening.name, str(error)) from error

    def call(self, method: Method, request: bytes, deadline: float) -> Answer:
        """Call a method before the monotonic clock shows `deadline` (0: never mind)."""
        try:
            accepted = acceptable(method, request)
            if self._is_postgresql:
                accepted = without_backslashes(method, accepted)
        except BadRequest as problem:
            return Answer(INVALID_ARGUMENT, str(problem))
        answer = self._answer(method, accepted, deadline)
        if self._is_postgresql:
            answer = answer._replace(data=with_backslashes(method, answer.data))
        return answer

    def _answer(self, method: Method, request: bytes, deadline: float) -> Answer:
        if method.name in COMPOSED:
            return self._composed(method, request, deadline)
        if method.engine is None:
            return Answer(UNIMPLEMENTED, f"ML Metadata's engine has no {method.name}: use GetLineageSubgraph.")
        return self._asked(method, request, deadline)

    def _asked(self, method: Method, request: bytes, deadline: float) -> Answer:
        until = time.monotonic() + RETRY_SECONDS
        wait = SHORTEST_WAIT
        reopened = False
        while True:
            if deadline and time.monotonic() > deadline:
                return missed("the database was asked")
            fault = self._fault_of_opening()
            if fault is not None:
                return Answer(UNAVAILABLE, str(fault))
            data, message, code = method.engine(self._store, request)
            if code == OK:
                return Answer(OK, "", data)
            text = message.decode("utf-8", "replace")
            sign = self._sign(text, code)
            if sign is Sign.NOTHING:
                return self._refused(code, text)
            if sign is not Sign.BUSY:
                self._store = None
                if reopened or (sign is Sign.LOST and method.is_writing):
                    return Answer(UNAVAILABLE, str(UnusableDatabase(self._opening.name, text)))
                reopened = True
            elif time.monotonic() > until:
                return Answer(ABORTED, f"Other writers were in the way for {RETRY_SECONDS:g} s: {text}")
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def _fault_of_opening(self) -> ShipwayError | None:
        """What is in the way of asking, if anything is; opens the database where it is not open."""
        if self._path is not None and self._store is not None and _identity(self._path) != self._identity:
            self._store = None
        if self._store is None:
            try:
                if self._path is not None and not self._path.exists():
                    raise MissingStore(self._path)
                self.open()
            except ShipwayError as fault:
                return fault
        return None

    def _refused(self, code: int, text: str) -> Answer:
        fault = fault_of(self._path, text) if self._path is not None and code == INTERNAL else None
        if fault is None:
            return Answer(code, text)
        self._store = None  # the engine keeps a transaction open that broke off, on a full disk say
        return Answer(UNAVAILABLE, str(fault))

    def _sign(self, text: str, code: int) -> Sign:
        said = text.lower()
        if any(sign in said for sign in BROKEN_OFF):
            return Sign.BROKEN_OFF
        if self._path is not None:
            return Sign.BUSY if code == ABORTED or is_busy(text) else Sign.NOTHING
        if code == ABORTED or any(sign in said for sign in IN_THE_WAY):
            return Sign.BUSY
        if any(sign in said for sign in LOST) or said.rstrip().endswith(NO_REASON):
            return Sign.LOST
        return Sign.NOTHING

    def _composed(self, method: Method, request: bytes, deadline: float) -> Answer:
        single_name, source, target = COMPOSED[method.name]
        single = BY_NAME[single_name]
        response = method.response()
        for context_id in method.request.FromString(request).context_ids:
            answer = self._asked(single, single.request(context_id=context_id).SerializeToString(), deadline)
            if answer.code != OK:
                return answer
            found = getattr(single.response.FromString(answer.data), source)
            if found:
                getattr(response.contexts[context_id], target).extend(found)
        return Answer(OK, "", response.SerializeToString())


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file this is: another one may be put in its place."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
