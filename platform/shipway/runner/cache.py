"""Results that may stand in for a step: one small file for every cache key, written whole or not at all.

An entry holds only while its artifacts do: their files are all there, as many and as large as they were, and lineage
knows them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shipway.artifacts import write_text
from shipway.runner.outputs import ArtifactValue, Values, reachable_path

Knows = Callable[[ArtifactValue], bool]


class Cache:
    """The cache of a home. `knows` says whether lineage has an artifact as a live one."""

    def __init__(self, folder: Path, knows: Knows) -> None:
        self._folder = folder
        self._knows = knows

    def get(self, key: str) -> Values | None:
        """The result kept under `key`, None when there is none that still holds."""
        try:
            entry = json.loads(self._file(key).read_text(encoding="utf-8"))
            outputs = Values.from_json(entry["outputs"])
            sizes = entry["sizes"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        artifacts = [artifact for listed in outputs.artifacts.values() for artifact in listed]
        if any(sizes.get(artifact.uri) != _size(artifact) for artifact in artifacts):
            return None
        return outputs if all(self._knows(artifact) for artifact in artifacts) else None

    def put(self, key: str, outputs: Values, origin: dict[str, Any]) -> None:
        """Keep a result; `origin` says which run and task made it, for people who look."""
        artifacts = [artifact for listed in outputs.artifacts.values() for artifact in listed]
        sizes = {artifact.uri: _size(artifact) for artifact in artifacts}
        write_text(self._file(key), json.dumps({**origin, "outputs": outputs.to_json(), "sizes": sizes}))

    def _file(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


def _size(artifact: ArtifactValue) -> list[int] | None:
    """How many files an artifact has and how many bytes they hold; None when they are gone."""
    path = reachable_path(artifact.uri)
    if path is None or not artifact.resolved:
        return [0, 0]
    if path.is_file():
        return [1, path.stat().st_size]
    if not path.is_dir():
        return None
    sizes = [os.stat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(path) for name in names]
    return [len(sizes), sum(sizes)]
