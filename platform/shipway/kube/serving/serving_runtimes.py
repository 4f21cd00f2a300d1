"""Serving runtimes: those of a namespace and those of the cluster, of which the namespace's come first."""

from __future__ import annotations

from typing import Any

from shipway.kube.faults import NoSuchObject, NotAllowed
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.faults import RuntimeMissing, RuntimeUnfit
from shipway.kube.serving.inference_services import require_kserve
from shipway.kube.serving.serving_spec import FORMAT

GROUP = "/apis/serving.kserve.io/v1alpha1"


def require_runtime(cluster: ClusterApi, runtime: str, namespace: str) -> None:
    """KServe itself would only wait for a runtime that is not there.

    Raises `RuntimeMissing`, `RuntimeUnfit`, `KServeMissing`.
    """
    found = _find(cluster, runtime, namespace)
    formats = found["spec"].get("supportedModelFormats") or []
    if not any(_serves_saved_models(one) for one in formats):
        raise RuntimeUnfit(runtime, sorted({str(one.get("name")) for one in formats}))


def _serves_saved_models(one: dict[str, Any]) -> bool:
    return one.get("name") == FORMAT["name"] and str(one.get("version", FORMAT["version"])) == FORMAT["version"]


def _find(cluster: ClusterApi, runtime: str, namespace: str) -> dict[str, Any]:
    for path in (f"{GROUP}/namespaces/{namespace}/servingruntimes", f"{GROUP}/clusterservingruntimes"):
        try:
            return cluster.get(f"{path}/{runtime}", doing=f"looking for the serving runtime {runtime!r}")
        except NoSuchObject:
            continue
    raise RuntimeMissing(runtime, namespace, _known(cluster, namespace))


def _known(cluster: ClusterApi, namespace: str) -> list[str]:
    names: set[str] = set()
    for path in (f"{GROUP}/namespaces/{namespace}/servingruntimes", f"{GROUP}/clusterservingruntimes"):
        try:
            names |= {one["metadata"]["name"] for one in cluster.get(path, doing="listing serving runtimes")["items"]}
        except NoSuchObject as error:
            require_kserve(error)
        except NotAllowed:
            continue
    return sorted(names)
