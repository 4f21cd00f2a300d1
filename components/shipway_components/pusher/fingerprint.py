"""What a push depends on beside its inputs: whether what was pushed before is still there, and served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shipway.artifacts import Model, PushedModel
from shipway_components.pusher.destination_layout import Destination, Layout
from shipway_components.pusher.destinations import open_destination
from shipway_components.pusher.parameters import KServeTarget, chosen_destination
from shipway_components.pusher.push import model_digest


def destination_state(
    lineage: Any, model: Model, destination: str, push_destination: Mapping[str, Any]
) -> str:  # fmt: skip
    """Where a push goes, and how many versions of this model were pushed there and are there no more.

    As the fingerprint of what a push reads, it stays the same from before the first push to after it, and changes
    when somebody removes what was pushed, or runs in another folder: then the cached result does not hold. A version in
    KServe must also be served; one that a person went back from counts as such, or the next run would bring it back.
    """
    target = chosen_destination(destination, push_destination)
    if not isinstance(target, KServeTarget):
        place = open_destination(target)
        return f"{place.place}:{_gone(place, _versions(lineage, model, place.place))}"
    place = open_destination(target.storage, Layout.BASE_PATH)
    names = f"{target.serving.namespace}/{target.serving.name}"
    versions = _versions(lineage, model, place.place, target)
    unserved = versions - _settled(target) if versions else set()
    return f"{place.place}:{names}:{_gone(place, versions - unserved) + len(unserved)}"


def _gone(place: Destination, versions: set[str]) -> int:
    return sum(not place.holds(version) for version in versions)


def _versions(lineage: Any, model: Model, place: str, target: KServeTarget | None = None) -> set[str]:
    """The versions of this model that were pushed to a place, and to the target's InferenceService."""
    recorded = lineage.artifacts(PushedModel.type_name) if lineage is not None else ()
    return {
        str(one.metadata.get("pushed_version"))
        for one in recorded
        if one.metadata.get("pushed_destination") == place
        and one.metadata.get("model_digest") == model_digest(model)
        and (target is None or _went_to(one.metadata, target))
    }


def _went_to(metadata: Mapping[str, Any], target: KServeTarget) -> bool:
    serving = target.serving
    return (metadata.get("namespace"), metadata.get("inference_service")) == (serving.namespace, serving.name)


def _settled(target: KServeTarget) -> set[str]:
    """The version that is served, and those that somebody went back from."""
    from shipway.kube.serving.identity import served_version, withdrawn_of
    from shipway.kube.serving.inference_services import InferenceServices
    from shipway_components.kserve.cluster import step_cluster

    service = InferenceServices(step_cluster()).find(target.serving.namespace, target.serving.name)
    return {served_version(service).version, *withdrawn_of(service)} if service is not None else set()
