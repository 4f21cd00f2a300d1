"""The MLMD types that lineage uses, made when the store does not have them yet."""

from __future__ import annotations

from typing import Any

from shipway.artifacts import ARTIFACT_TYPES
from shipway.lineage.messages import ENDED_MS, POD_NAME, POD_NAMESPACE, RECORD_ID, STARTED_MS
from shipway.lineage.protos import DOUBLE, INT, STRING, ArtifactType, ContextType, ExecutionType, service_message
from shipway.lineage.service import MetadataService

PIPELINE, PIPELINE_RUN, NODE = "pipeline", "pipeline_run", "node"
EXECUTION_PROPERTIES = {
    **dict.fromkeys(("pipeline_name", "run_id", "component_id", "cache_key", "error", RECORD_ID), STRING),
    **dict.fromkeys((POD_NAME, POD_NAMESPACE), STRING),
    **dict.fromkeys((STARTED_MS, ENDED_MS), INT),
}
TFX_PROPERTIES = frozenset({"span", "version", "split_names"})
"""TFX declares these on its types and leaves everything else, `blessed` too, to custom properties."""
BASE_TYPES = {
    "Examples": ArtifactType.DATASET,
    "ExampleStatistics": ArtifactType.STATISTICS,
    "Model": ArtifactType.MODEL,
    "PushedModel": ArtifactType.MODEL,
}
KINDS = {str: STRING, int: INT, float: DOUBLE}


def declared_properties(type_name: str) -> dict[str, type]:
    """The properties that the MLMD type of that name declares, with their Python types."""
    kind = ARTIFACT_TYPES.get(type_name)
    return {name: of for name, of in kind.properties.items() if name in TFX_PROPERTIES} if kind else {}


class TypeRegistry:
    """Ids of types by name. Each kind is read in one call when first asked for, and written only for a new name."""

    def __init__(self, service: MetadataService) -> None:
        self._service = service
        self._stored: dict[str, dict[str, Any]] = {}

    def artifact(self, name: str) -> int:
        wanted = ArtifactType(name=name, base_type=BASE_TYPES.get(name))
        for key, of in declared_properties(name).items():
            wanted.properties[key] = KINDS[of]
        return self._id("Artifact", wanted)

    def execution(self, step: str) -> int:
        return self._id("Execution", ExecutionType(name=step, properties=EXECUTION_PROPERTIES))

    def context(self, name: str) -> int:
        return self._id("Context", ContextType(name=name))

    def _id(self, kind: str, wanted: Any) -> int:
        known = self._load(kind)
        stored = known.get(wanted.name)
        if stored is None or not set(wanted.properties) <= set(stored.properties):
            wanted.id = self._put(kind, wanted)
            known[wanted.name] = stored = wanted
        return stored.id

    def _load(self, kind: str) -> dict[str, Any]:
        if kind not in self._stored:
            request = service_message(f"Get{kind}TypesRequest")()
            response = service_message(f"Get{kind}TypesResponse")()
            self._service.call(f"Get{kind}Types", request, response)
            self._stored[kind] = {one.name: one for one in getattr(response, f"{kind.lower()}_types")}
        return self._stored[kind]

    def _put(self, kind: str, wanted: Any) -> int:
        request = service_message(f"Put{kind}TypeRequest")(can_add_fields=True, can_omit_fields=True)
        getattr(request, f"{kind.lower()}_type").CopyFrom(wanted)
        response = service_message(f"Put{kind}TypeResponse")()
        return self._service.call(f"Put{kind}Type", request, response).type_id
