"""How far a revision has come: its Deployment, its pods, and what KServe says of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.kube.faults import NoSuchObject
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.identity import revision_of
from shipway.kube.serving.pod_trouble import STORAGE, Trouble, pod_trouble

SERVICE_LABEL = "serving.kserve.io/inferenceservice"
INVALID = "InvalidSpec"
QUOTA = "exceeded quota"
"""Room may come by itself, when others go; other refusals stay."""


@dataclass(frozen=True)
class Rollout:
    """`is_complete`: every pod that gets requests is of the revision, and ready. `seen` says how it stands in words."""

    is_complete: bool
    seen: str
    trouble: Trouble | None = None


def predictor_name(name: str) -> str:
    """Of the Deployment and the Service that KServe makes for a model."""
    return f"{name}-predictor"


def look_at(cluster: ClusterApi, service: Mapping[str, Any], revision: int) -> Rollout:
    """How the revision of an InferenceService stands."""
    namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
    deployment = _deployment(cluster, namespace, name)
    if deployment is None or revision_of(deployment["spec"]["template"]) != revision:
        return Rollout(False, "KServe has not made its Deployment yet", _spec_trouble(service))
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    fresh = int(status.get("updatedReplicas", 0))
    is_complete = (
        int(status.get("observedGeneration", 0)) >= int(deployment["metadata"].get("generation", 0))
        and fresh >= wanted
        and int(status.get("replicas", 0)) == fresh
        and int(status.get("availableReplicas", 0)) >= max(wanted, 1)
    )
    if is_complete:
        return Rollout(True, f"{fresh} of {wanted} pods are of the new revision and ready")
    pods = [one for one in pods_of(cluster, namespace, name) if revision_of(one) == revision]
    ready = sum(is_ready(one) for one in pods)
    trouble = _first_trouble(pods) or _deployment_trouble(deployment)
    return Rollout(False, f"{ready} of {wanted} pods of the new revision are ready", trouble)


def pods_of(cluster: ClusterApi, namespace: str, name: str = "") -> list[dict[str, Any]]:
    """The pods of a model, or of all models of a namespace, or of all namespaces."""
    where = f"/namespaces/{namespace}" if namespace else ""
    selector = f"{SERVICE_LABEL}={name}" if name else SERVICE_LABEL
    query = {"labelSelector": f"{selector},component=predictor"}
    return cluster.get(f"/api/v1{where}/pods", query, doing=f"listing the pods of model {name!r}").get("items", [])


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether the pod gets requests: ready, and not on its way out."""
    conditions = pod.get("status", {}).get("conditions") or []
    is_going = "deletionTimestamp" in pod["metadata"]
    return not is_going and any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _deployment(cluster: ClusterApi, namespace: str, name: str) -> dict[str, Any] | None:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{predictor_name(name)}"
    try:
        return cluster.get(path, doing=f"reading the Deployment of model {name!r}")
    except NoSuchObject:
        return None


def _first_trouble(pods: list[dict[str, Any]]) -> Trouble | None:
    troubles = [trouble for one in pods if (trouble := pod_trouble(one)) is not None]
    return next((one for one in troubles if one.is_final), troubles[0] if troubles else None)


def _deployment_trouble(deployment: Mapping[str, Any]) -> Trouble | None:
    """A quota, a service account that is not there: then there are no pods at all to ask."""
    for one in deployment.get("status", {}).get("conditions") or []:
        if one.get("type") == "ReplicaFailure" and one.get("status") == "True":
            words = " ".join(str(one.get("message", "")).split())
            return Trouble(f"its pods are refused ({words.rstrip('.')})", _advice_on(words), QUOTA not in words)
    return None


def _advice_on(words: str) -> str:
    if QUOTA in words:
        return "Ask for less with 'resources', or raise the quota: 'kubectl describe resourcequota' shows what is used."
    if "serviceaccount" in words.lower():
        return "Make the service account, or name another as 'service_account'."
    if f'container "{STORAGE}"' in words:
        return f"Give KServe's ClusterStorageContainer such a securityContext for {STORAGE!r}."
    return "Mend what it names and run again."


def _spec_trouble(service: Mapping[str, Any]) -> Trouble | None:
    """What KServe's controller cannot make a Deployment of."""
    model = service.get("status", {}).get("modelStatus") or {}
    failure = model.get("lastFailureInfo") or {}
    if model.get("transitionStatus") != INVALID or not failure:
        return None
    words = str(failure.get("message", "")).rstrip(".")
    return Trouble(f"KServe refuses it ({failure.get('reason')}: {words})", "Mend 'push_destination' and run again.")
