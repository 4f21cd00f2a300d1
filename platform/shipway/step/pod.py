"""What a step does itself in a pod: there no runner watches it, and other pods have its files only through a store.

Kubeflow's launcher brings inputs and takes outputs away, with three gaps that are closed here. An input that a
Resolver found lies outside of what the launcher looks at, so it is fetched by its URI. An output that is pointed to an
artifact of another run keeps the URI that the launcher gave it and says in its metadata where the files are: the
launcher fails a step whose output lies outside of its run's root. And of a step that fails the launcher takes nothing
away, so the evidence of a verdict is uploaded here.

Where nothing but this process moves files, `SHIPWAY_UPLOAD_OUTPUTS=1` has it upload all its outputs and then its
executor output.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipway.artifacts import RESOLVED, RESOLVED_URI, Artifact, local_path, uri_of
from shipway.artifacts.object_store import NothingThere, brought, is_remote, upload, write
from shipway.errors import ShipwayError
from shipway.step.executor_input import Call, MissingInput, require_files
from shipway.step.step import Step

UPLOAD_VARIABLE = "SHIPWAY_UPLOAD_OUTPUTS"
NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pod:
    """The pod that this process runs in; on any other machine one without a name."""

    name: str = ""
    """`namespace/name`, by which what the cluster says of the pod is matched to its execution."""

    uploads: bool = False
    """Whether no launcher takes the outputs away."""

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ, namespace_file: Path = NAMESPACE_FILE
    ) -> Pod:
        uploads = environment.get(UPLOAD_VARIABLE, "").strip().lower() in ("1", "true", "yes")
        if "KUBERNETES_SERVICE_HOST" not in environment:
            return cls(uploads=uploads)
        name = environment.get("KFP_POD_NAME") or environment.get("HOSTNAME", "")
        return cls(f"{_namespace(environment, namespace_file)}/{name}" if name else "", uploads)

    def bring_inputs(self, step: Step, call: Call) -> None:
        """Fetch the inputs that the launcher did not bring. Raises `MissingInput` and what fetching raises."""
        for name, artifact in call.wired():
            try:
                brought(artifact.uri)
            except NothingThere as error:
                raise MissingInput(step.name, name, f"its files are gone: nothing lies at {artifact.uri!r}") from error
        require_files(step, call)

    def hand_over(self, step: Step, call: Call, own: Mapping[str, str], output: Mapping[str, Any]) -> dict[str, Any]:
        """The executor output as the launcher takes it; `own` are the URIs that it gave the outputs."""
        artifacts = {
            name: {
                "artifacts": [_handed(step.outputs[name].artifact_type, own[name], one) for one in listed["artifacts"]]
            }
            for name, listed in output["artifacts"].items()
        }
        handed = {**output, "artifacts": artifacts}
        if self.uploads:
            _upload(_published(output["artifacts"], own))
            place = uri_of(Path(call.output_file))
            if is_remote(place):
                write(place, json.dumps(handed).encode())
        return handed

    def keep(self, own: Mapping[str, str], evidence: Mapping[str, Any]) -> dict[str, Any]:
        """Upload the evidence of a verdict, and return what others will find; the verdict is what counts."""
        kept = {}
        for name, listed in evidence.items():
            try:
                _upload(_published({name: listed}, own))
                kept[name] = listed
            except (ShipwayError, OSError) as error:
                log.warning("The evidence %r is not kept. %s", name, error)
        return kept


def own_uris(call: Call) -> dict[str, str]:
    """The URIs that the outputs were given, before the step points one elsewhere."""
    return {name: artifact.uri for name, artifact in call.outputs.items()}


def _published(artifacts: Mapping[str, Any], own: Mapping[str, str]) -> list[str]:
    """URIs of buckets to which outputs were written."""
    written = [(name, one) for name, listed in artifacts.items() for one in listed["artifacts"]]
    return [
        one["uri"]
        for name, one in written
        if one["uri"] == own[name] and is_remote(one["uri"]) and one["metadata"].get(RESOLVED, 1)
    ]


def _upload(uris: list[str]) -> None:
    for uri in uris:
        upload(local_path(uri), uri)


def _handed(kind: type[Artifact], own: str, artifact: Mapping[str, Any]) -> dict[str, Any]:
    metadata = dict(artifact["metadata"])
    for key in kind.structured & metadata.keys():
        metadata[key] = json.loads(metadata[key])
    if artifact["uri"] != own:
        metadata[RESOLVED_URI] = artifact["uri"]
    return {**artifact, "uri": own, "metadata": metadata}


def _namespace(environment: Mapping[str, str], file: Path) -> str:
    try:
        return environment.get("NAMESPACE") or file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
