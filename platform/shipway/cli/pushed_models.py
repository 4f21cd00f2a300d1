"""What was pushed to folders and buckets, as lineage has it: there nobody says what is served, the newest is."""

from __future__ import annotations

from datetime import UTC, datetime

from shipway.cli.reference import recorded_lineage
from shipway.kube.serving.identity import ServedVersion, kserve_uri
from shipway.kube.serving.listing import ServedModel
from shipway.lineage import LineageQueries, RecordedArtifact
from shipway.lineage.faults import MissingStore
from shipway.settings import Settings


def pushed_models(settings: Settings) -> list[ServedModel]:
    """The newest push to each destination that is no InferenceService's, by name; none where nothing has run."""
    try:
        with recorded_lineage(settings) as queries:
            newest: dict[str, RecordedArtifact] = {}
            for one in queries.artifacts("PushedModel"):
                if one.metadata.get("pushed_version") and not one.metadata.get("inference_service"):
                    newest.setdefault(str(one.metadata.get("pushed_destination", "")), one)
            found = [_model(queries, destination, one) for destination, one in newest.items()]
    except MissingStore:
        return []
    return sorted(found, key=lambda one: (one.name, one.storage_uri))


def versions_served_by(settings: Settings, namespace: str, name: str) -> list[ServedVersion]:
    """The versions that an InferenceService has answered with, the newest first; none where nothing has run."""
    try:
        with recorded_lineage(settings) as queries:
            return [
                _version(one)
                for one in queries.artifacts("PushedModel")
                if (one.metadata.get("namespace"), one.metadata.get("inference_service")) == (namespace, name)
            ]
    except MissingStore:
        return []


def _version(pushed: RecordedArtifact) -> ServedVersion:
    version = str(pushed.metadata["pushed_version"])
    uri = f"{pushed.metadata['pushed_destination']}/{version}"
    return ServedVersion(version, kserve_uri(uri), pushed_model=pushed.uri)


def _model(queries: LineageQueries, destination: str, pushed: RecordedArtifact) -> ServedModel:
    makers = queries.upstream(pushed.id, depth=1).producers_of(pushed.id)
    version = str(pushed.metadata["pushed_version"])
    return ServedModel(
        name=destination.rstrip("/").rpartition("/")[2],
        namespace="",
        version=version,
        traffic=0,
        ready=False,
        digest=str(pushed.metadata.get("model_digest", "")),
        pipeline=makers[0].pipeline if makers else "",
        run=makers[0].run_id if makers else "",
        since=datetime.fromtimestamp(pushed.created_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        storage_uri=f"{destination}/{version}",
        pushed_model=pushed.uri,
    )
