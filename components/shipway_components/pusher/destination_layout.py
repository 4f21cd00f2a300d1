"""How versions lie at a destination, and what is recorded of each.

::

    WATCHED                                          BASE_PATH
    <destination>/<version>/saved_model.pb ...       <destination>/<version>/<version>/saved_model.pb ...
    <destination>/.shipway/<version>.json            <destination>/<version>/.shipway/<version>.json

A server that watches a folder takes the highest version in it. A server that is given one version (KServe's
`storageUri`) takes `<destination>/<version>`, a base path in which that version is the only one and keeps its number.
With both layouts `<destination>/.shipway/` has a record of every version that ever was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

VERSIONING = ("timestamp", "increment")
RECORDS = ".shipway"
SAVED_MODEL = "saved_model.pb"


class Layout(Enum):
    """See the module's drawing."""

    WATCHED = "watched"
    BASE_PATH = "base path"

    def content(self, version: int) -> str:
        """Where the files of a version lie, below the destination."""
        return str(version) if self is Layout.WATCHED else f"{version}/{version}"

    def record(self, version: int) -> str:
        """Where the record lies without which a version is not there, below the destination."""
        return ledger_entry(version) if self is Layout.WATCHED else f"{version}/{ledger_entry(version)}"


@dataclass(frozen=True)
class Pushed:
    """A version at a destination. `uri` is `<destination>/<version>`; `digest` is of the SavedModel's files."""

    version: int
    is_new: bool
    uri: str
    digest: str


class Destination(Protocol):
    """The versions at one place, a folder or a prefix in a bucket."""

    place: str
    """An absolute path or a URI."""

    def versions(self) -> list[int]:
        """The versions that are there, ascending."""

    def holds(self, version: str) -> bool:
        """Whether a version is there."""

    def push(self, source: Path, model_uri: str, versioning: str) -> Pushed:
        """The version under which the files of `source` lie here, whole; of a push that fails, none is there."""


def ledger_entry(version: int) -> str:
    """Where a destination keeps that a version was there."""
    return f"{RECORDS}/{version}.json"


def record_text(version: int, digest: str, model_uri: str) -> str:
    return json.dumps({"version": version, "digest": digest, "model": model_uri}) + "\n"


def recorded_digest(text: str | bytes) -> str | None:
    """The digest in a record; None where the record says none."""
    try:
        return str(json.loads(text)["digest"])
    except (ValueError, KeyError, TypeError):
        return None


def is_version(name: str) -> bool:
    return name.isascii() and name.isdigit()
