"""What an InferenceService says of the version that it serves: annotations, which its pods carry too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

PREFIX = "shipway.dev/"
VERSION, STORAGE_URI = f"{PREFIX}version", f"{PREFIX}storage-uri"
REVISION = f"{PREFIX}revision"
"""A number of each change made here, above that of every change before, those that were taken back too: it tells a
revision's pods from those that are still on their way out."""

HISTORY = f"{PREFIX}history"
"""The versions that served before, the newest first, as JSON."""

WITHDRAWN = f"{PREFIX}withdrawn"
"""The versions that somebody went back from, as JSON: a push does not bring them back by itself."""

MANAGED_BY = "app.kubernetes.io/managed-by"
SHIPWAY = "shipway"
LONGEST_HISTORY = 10


@dataclass(frozen=True)
class ServedVersion:
    """A pushed version, and what it was made by. `since` is a moment in ISO 8601, UTC."""

    version: str
    storage_uri: str
    digest: str = ""
    model_uri: str = ""
    pipeline: str = ""
    run: str = ""
    pushed_model: str = ""
    since: str = ""

    def annotations(self) -> dict[str, str]:
        return {f"{PREFIX}{name.replace('_', '-')}": value for name, value in asdict(self).items()}


def kserve_uri(uri: str) -> str:
    """A URI as KServe knows it: minio:// is the S3 API, whose endpoint its credentials name."""
    return f"s3://{uri.removeprefix('minio://')}" if uri.startswith("minio://") else uri


def served_version(service: Mapping[str, Any]) -> ServedVersion:
    """The version that an InferenceService asks for; empty fields where it was not made here."""
    given = annotations_of(service)
    names = ServedVersion.__dataclass_fields__
    facts = {name: given.get(f"{PREFIX}{name.replace('_', '-')}", "") for name in names}
    model = (service.get("spec", {}).get("predictor") or {}).get("model") or {}
    return ServedVersion(**{**facts, "storage_uri": str(model.get("storageUri") or facts["storage_uri"])})


def history_of(service: Mapping[str, Any]) -> list[ServedVersion]:
    """The versions before, the newest first; what cannot be read is passed over."""
    return [version for one in _json_list(service, HISTORY) if (version := _read(one)) is not None]


def withdrawn_of(service: Mapping[str, Any]) -> list[str]:
    """The versions that somebody went back from."""
    return [str(one) for one in _json_list(service, WITHDRAWN)]


def revision_of(thing: Mapping[str, Any]) -> int:
    """The revision of an InferenceService or of a pod; 0 where none is written."""
    text = annotations_of(thing).get(REVISION, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def is_ours(service: Mapping[str, Any]) -> bool:
    """Whether Shipway made the InferenceService, or was given it."""
    return (service.get("metadata", {}).get("labels") or {}).get(MANAGED_BY) == SHIPWAY


def annotations_of(thing: Mapping[str, Any]) -> dict[str, str]:
    return thing.get("metadata", {}).get("annotations") or {}


def history_text(history: list[ServedVersion]) -> str:
    """As it is written, without what is empty."""
    return json.dumps([{k: v for k, v in asdict(one).items() if v} for one in history[:LONGEST_HISTORY]])


def _json_list(service: Mapping[str, Any], annotation: str) -> list[Any]:
    try:
        found = json.loads(annotations_of(service).get(annotation) or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _read(one: Any) -> ServedVersion | None:
    names = ServedVersion.__dataclass_fields__
    if not isinstance(one, dict) or not one.get("version"):
        return None
    return ServedVersion(**{name: str(one.get(name, "")) for name in names})
