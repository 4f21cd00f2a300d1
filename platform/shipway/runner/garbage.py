"""Deleting artifacts so that nobody is left with half of one.

First the cache forgets them, so that no run begins to use them; then folders are renamed, their artifacts are recorded
as DELETED, and their files go. A kill in between leaves hidden folders, which a later collection sweeps.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from shipway.artifacts import size_of
from shipway.artifacts.publish import PARTIAL, partial_sibling, storage_faults
from shipway.lineage import Lineage
from shipway.runner.home import Home
from shipway.runner.invocation import OUTPUT_FILE
from shipway.runner.retention import Doomed, Plan

GRACE_SECONDS = 0.5
"""How long a run may take from reading a cache entry to recording that it uses it."""
BATCH = 100
"""Folders per transaction of the metadata store."""
SWEPT_AFTER_SECONDS = 24 * 3600.0


def collect(home: Home, lineage: Lineage, plan: Plan, going_on: Callable[[], Iterable[str]]) -> tuple[Doomed, ...]:
    """Delete what `plan` dooms, except what a run took up meanwhile; what was deleted.

    `going_on` tells the ids of the runs that go on.
    """
    forget_cached(home, {one.uri for doomed in plan.doomed for one in doomed.artifacts})
    deleted = tuple(_not_taken_up(lineage, plan, going_on))
    for start in range(0, len(deleted), BATCH):
        _delete(home, lineage, deleted[start : start + BATCH])
    return deleted


def forget_cached(home: Home, uris: set[str]) -> int:
    """Drop the cache entries that hold any of the URIs; how many those were."""
    entries = [entry for entry in home.cache.glob("*/*.json") if _mentions(entry, uris)]
    for entry in entries:
        with storage_faults(entry):
            entry.unlink(missing_ok=True)
    return len(entries)


def sweep_partial(home: Home, going_on: Iterable[str]) -> int:
    """Delete what killed processes left half-written a day ago or earlier; bytes freed.

    Below the folders of runs that go on nothing is touched.
    """
    freed = 0
    spared = set(going_on)
    for partial in list(home.artifacts.rglob(PARTIAL + "*")):
        try:
            stale = time.time() - partial.lstat().st_mtime > SWEPT_AFTER_SECONDS
        except FileNotFoundError:
            continue
        if stale and spared.isdisjoint(partial.relative_to(home.artifacts).parts):
            freed += size_of(partial)
            _remove(partial)
    return freed


def _mentions(entry: Path, uris: set[str]) -> bool:
    try:
        return any(text in uris for text in _texts(json.loads(entry.read_text(encoding="utf-8"))))
    except (OSError, ValueError):
        return False


def _texts(value: Any) -> Iterable[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _not_taken_up(lineage: Lineage, plan: Plan, going_on: Callable[[], Iterable[str]]) -> Iterable[Doomed]:
    running = frozenset(going_on())
    if not running:
        return plan.doomed
    time.sleep(GRACE_SECONDS)
    usage = lineage.queries().usage([one.id for doomed in plan.doomed for one in doomed.artifacts])
    used = {artifact_id for artifact_id, used in usage.items() if used.run_ids & running}
    return [doomed for doomed in plan.doomed if used.isdisjoint(one.id for one in doomed.artifacts)]


def _delete(home: Home, lineage: Lineage, batch: Sequence[Doomed]) -> None:
    hidden = [_hide(doomed.path) for doomed in batch]
    lineage.mark_deleted([artifact.id for doomed in batch for artifact in doomed.artifacts])
    for path in hidden:
        _remove(path)
        _remove_spent_attempt(path.parent)
        _remove_empty_parents(path, home.artifacts.resolve())


def _hide(path: Path) -> Path:
    """Give `path` a name under which nobody takes it for an artifact."""
    hidden = partial_sibling(path)
    with storage_faults(path):
        try:
            path.rename(hidden)
        except FileNotFoundError:
            return path
    return hidden


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove_spent_attempt(folder: Path) -> None:
    """Where the last output of an attempt has gone, its output file would only speak of what is no more."""
    if folder.is_dir() and [entry.name for entry in folder.iterdir()] == [OUTPUT_FILE]:
        (folder / OUTPUT_FILE).unlink(missing_ok=True)


def _remove_empty_parents(path: Path, root: Path) -> None:
    for folder in path.parents:
        if folder == root:
            return
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return
