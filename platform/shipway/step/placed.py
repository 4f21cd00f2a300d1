"""What a cluster file has added to a compiled pipeline, written down in the pipeline itself.

It stands in the platform spec under a platform of its own, which Kubeflow passes over: a machine without a cluster runs
the same file and does without what was added, and a file that is placed is known as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

PLATFORM = "shipway"
NO_FILE = "none"


@dataclass(frozen=True)
class AddedByPlacement:
    """Of one executor: variables that are written out, those that come from the cluster's objects, and folders."""

    environment: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, list[str]]:
        return {field.name: list(getattr(self, field.name)) for field in fields(self) if getattr(self, field.name)}


def write_record(platform: dict[str, Any], digest: str, added: Mapping[str, AddedByPlacement]) -> None:
    """Write down which cluster file placed a pipeline, and what it added to each executor."""
    executors = {label: one.to_json() for label, one in added.items()}
    platform["platforms"][PLATFORM] = {
        "config": {"clusterFile": digest or NO_FILE},
        "deploymentSpec": {"executors": executors},
    }


def placer(platform: Any) -> str | None:
    """The digest of the cluster file that placed a pipeline, None for one that is not placed."""
    record = _record(platform)
    return None if record is None else str((record.get("config") or {}).get("clusterFile", NO_FILE))


def added_by_placement(platform: Any) -> dict[str, AddedByPlacement]:
    """What was added, by executor; nothing for a pipeline that is not placed."""
    executors = ((_record(platform) or {}).get("deploymentSpec") or {}).get("executors") or {}
    names = [field.name for field in fields(AddedByPlacement)]
    return {
        label: AddedByPlacement(*(tuple(one.get(name) or ()) for name in names)) for label, one in executors.items()
    }


def _record(platform: Any) -> Mapping[str, Any] | None:
    platforms = platform.get("platforms") if isinstance(platform, Mapping) else None
    record = platforms.get(PLATFORM) if isinstance(platforms, Mapping) else None
    return record if isinstance(record, Mapping) else None
