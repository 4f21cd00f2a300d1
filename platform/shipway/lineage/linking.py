"""Finding the recorded artifact behind a record, and tying artifacts to an execution by events.

An artifact is known by its URI. A folder that somebody rewrites keeps its URI and is another artifact all the same, so
where both sides know a digest the digests must agree too. What was deleted is never found again, nor what a failed step
left: whoever takes up such files by hand makes another artifact of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from shipway.artifacts import DIGEST, RESOLVED
from shipway.lineage.calls import artifacts_by_uri
from shipway.lineage.messages import digest_of
from shipway.lineage.protos import Artifact, ArtifactAndEvent, Event
from shipway.lineage.records import ArtifactMap, ArtifactRecord
from shipway.lineage.service import MetadataService
from shipway.lineage.types import TypeRegistry, declared_properties
from shipway.lineage.values import KIND_FIELDS, clean, to_value


class KnownArtifacts:
    """What the store already has at the URIs of some records, read in one call."""

    def __init__(self, service: MetadataService, *maps: ArtifactMap) -> None:
        uris = {clean(record.uri) for records in maps for one in records.values() for record in one if record.uri}
        found = artifacts_by_uri(service, uris)
        gone = (Artifact.DELETED, Artifact.MARKED_FOR_DELETION, Artifact.ABANDONED)
        self._newest_first = sorted((a for a in found if a.state not in gone), key=lambda a: a.id, reverse=True)

    def find(self, record: ArtifactRecord, *, same_type: bool) -> Artifact | None:
        """The newest match; one of the record's own type goes before others, which `same_type` rules out."""
        matches = [a for a in self._newest_first if record.uri and _is_same(a, record)]
        typed = [a for a in matches if a.type == record.type_name]
        return next(iter(typed or ([] if same_type else matches)), None)


def _is_same(artifact: Artifact, record: ArtifactRecord) -> bool:
    stored = digest_of(artifact)
    return artifact.uri == clean(record.uri) and (not stored or not record.digest or stored == record.digest)


def new_artifact(types: TypeRegistry, record: ArtifactRecord, name: str = "", state: Any = Artifact.LIVE) -> Artifact:
    """An artifact with TFX's properties of its type; the rest of its metadata becomes custom properties."""
    artifact = Artifact(type_id=types.artifact(record.type_name), uri=clean(record.uri), state=state)
    if name:
        artifact.name = clean(name)
    declared = declared_properties(record.type_name)
    for key, value in record.metadata.items():
        if key in declared:
            setattr(artifact.properties[key], KIND_FIELDS[declared[key]], declared[key](value))
        else:
            artifact.custom_properties[clean(key)].CopyFrom(to_value(value))
    for key, text in ((DIGEST, record.digest), ("name", record.name)):
        if text:
            artifact.custom_properties[key].string_value = clean(text)
    return artifact


def link(
    artifacts: ArtifactMap,
    event_type: Any,
    find: Callable[[ArtifactRecord], Artifact | None],
    make: Callable[[ArtifactRecord, str, int], Artifact],
) -> list[ArtifactAndEvent]:
    """One pair for every artifact, known ones by their id alone; the same artifact under two keys shares one event."""
    pairs: dict[tuple[Any, ...], ArtifactAndEvent] = {}
    for key, index, record in _slots(artifacts):
        known = find(record)
        identity = (known.id,) if known else (record.type_name, record.uri, record.digest)
        if identity not in pairs or not record.uri:
            pair = ArtifactAndEvent(event=Event(type=event_type))
            if known:
                pair.event.artifact_id = known.id
            else:
                pair.artifact.CopyFrom(make(record, key, index))
            pairs[identity if record.uri else (key, index)] = pair
        steps = pairs[identity if record.uri else (key, index)].event.path.steps
        steps.add(key=key)
        steps.add(index=index)
    return list(pairs.values())


def _slots(artifacts: ArtifactMap) -> Iterable[tuple[str, int, ArtifactRecord]]:
    """Every artifact with its place; what a Resolver leaves when it finds nothing (`resolved` is 0) is no artifact."""
    for key, records in artifacts.items():
        for index, record in enumerate(records):
            if record.metadata.get(RESOLVED, 1):
                yield key, index, record
