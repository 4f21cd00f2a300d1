"""What is served where: every InferenceService, by the versions whose pods get requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.identity import PREFIX, VERSION, annotations_of, is_ours, served_version
from shipway.kube.serving.inference_services import InferenceServices
from shipway.kube.serving.rollout import SERVICE_LABEL, is_ready, pods_of


@dataclass(frozen=True)
class ServedModel:
    """A version of a model that gets requests, or that is asked for and gets none yet.

    `traffic` is the share of the ready pods, in percent; fields of which nothing is known are empty.
    """

    name: str
    namespace: str
    version: str
    traffic: int
    ready: bool
    digest: str = ""
    pipeline: str = ""
    run: str = ""
    url: str = ""
    since: str = ""
    storage_uri: str = ""
    model_uri: str = ""
    pushed_model: str = ""
    runtime: str = ""
    by_shipway: bool = False


def served_models(cluster: ClusterApi, namespace: str = "") -> list[ServedModel]:
    """The models of a namespace, or of all; raises `KServeMissing` and a `KubeFault`."""
    services = InferenceServices(cluster).list(namespace)
    pods = pods_of(cluster, namespace) if services else []
    found = [model for one in services for model in _models(one, _pods_of(one, pods))]
    return sorted(found, key=lambda one: (one.namespace, one.name, -one.traffic))


def _pods_of(service: Mapping[str, Any], pods: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    names = service["metadata"]
    return [
        one
        for one in pods
        if one["metadata"]["namespace"] == names["namespace"]
        and (one["metadata"].get("labels") or {}).get(SERVICE_LABEL) == names["name"]
        and is_ready(one)
    ]


def _models(service: Mapping[str, Any], ready_pods: list[Mapping[str, Any]]) -> list[ServedModel]:
    wanted = served_version(service).version
    pods_by_version = Counter(annotations_of(one).get(VERSION, "") for one in ready_pods)
    versions = dict.fromkeys([wanted, *pods_by_version])
    by_pod = {annotations_of(one).get(VERSION, ""): one for one in ready_pods}
    return [
        _model(service, version, pods_by_version[version], len(ready_pods), by_pod.get(version)) for version in versions
    ]


def _model(
    service: Mapping[str, Any], version: str, pods: int, all_pods: int, pod: Mapping[str, Any] | None
) -> ServedModel:  # fmt: skip
    """What the version's own pods say of it; the InferenceService speaks of the version that it asks for."""
    names, status = service["metadata"], service.get("status", {})
    told = annotations_of(pod if pod is not None else service)
    facts = {name: told.get(f"{PREFIX}{name.replace('_', '-')}", "") for name in _FACTS}
    model = (service.get("spec", {}).get("predictor") or {}).get("model") or {}
    return ServedModel(
        name=names["name"],
        namespace=names["namespace"],
        version=version,
        traffic=round(100 * pods / all_pods) if all_pods else 0,
        ready=pods > 0,
        url=str((status.get("address") or {}).get("url") or status.get("url") or ""),
        runtime=str(model.get("runtime", "")),
        by_shipway=is_ours(service),
        **{**facts, "storage_uri": facts["storage_uri"] or str(model.get("storageUri", ""))},
    )


_FACTS = ("digest", "pipeline", "run", "since", "storage_uri", "model_uri", "pushed_model")
