"""InferenceServices, read and written as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shipway.kube.faults import NoSuchObject, Refused
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.faults import ChangedMeanwhile, KServeMissing, NamespaceMissing

GROUP = "/apis/serving.kserve.io/v1beta1"
TRIES = 5
"""Of a change that the controller's own writing came before."""


class InferenceServices:
    """Those of a cluster."""

    def __init__(self, cluster: ClusterApi) -> None:
        self._cluster = cluster

    def find(self, namespace: str, name: str) -> dict[str, Any] | None:
        """None where there is none; raises `KServeMissing`."""
        try:
            return self._cluster.get(_path(namespace, name), doing=_doing("reading", namespace, name))
        except NoSuchObject as error:
            require_kserve(error)
            return None

    def list(self, namespace: str = "") -> list[dict[str, Any]]:
        """Those of a namespace, or of all; raises `KServeMissing`."""
        where = f"of namespace {namespace!r}" if namespace else "of all namespaces"
        try:
            return self._cluster.get(_path(namespace), doing=f"listing the InferenceServices {where}").get("items", [])
        except NoSuchObject as error:
            require_kserve(error)
            return []

    def create(self, service: Mapping[str, Any]) -> dict[str, Any]:
        """Raises `NamespaceMissing`, and `ChangedMeanwhile` where somebody was faster."""
        namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
        try:
            return self._cluster.create(_path(namespace), service, doing=_doing("creating", namespace, name))
        except NoSuchObject as error:
            require_kserve(error)
            raise NamespaceMissing(namespace) from error
        except Refused as error:
            if "already exists" in str(error):
                raise ChangedMeanwhile(name, namespace) from error
            raise

    def patch(
        self, namespace: str, name: str, change: Mapping[str, Any], before: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:  # fmt: skip
        """Raises `ChangedMeanwhile` where the object is no longer what it was `before`.

        KServe's controller writes its status all the time, which makes another resourceVersion and is no change.
        """
        expected = before
        for _ in range(TRIES):
            try:
                return self._patch_version(namespace, name, change, expected)
            except ChangedMeanwhile:
                expected = self.find(namespace, name)
                if before is None or expected is None or _wanted(expected) != _wanted(before):
                    raise
        raise ChangedMeanwhile(name, namespace)

    def _patch_version(
        self, namespace: str, name: str, change: Mapping[str, Any], expected: Mapping[str, Any] | None
    ) -> dict[str, Any]:  # fmt: skip
        version = expected["metadata"].get("resourceVersion", "") if expected else ""
        if version:
            change = {**change, "metadata": {**change.get("metadata", {}), "resourceVersion": version}}
        try:
            return self._cluster.patch(_path(namespace, name), change, doing=_doing("changing", namespace, name))
        except Refused as error:
            if "object has been modified" in str(error):
                raise ChangedMeanwhile(name, namespace) from error
            raise

    def delete(self, namespace: str, name: str) -> None:
        """Gone, or never there."""
        try:
            self._cluster.delete(_path(namespace, name), doing=_doing("deleting", namespace, name))
        except NoSuchObject:
            return


def _wanted(service: Mapping[str, Any]) -> tuple[Any, ...]:
    """What people and pushes write of it, and its controller does not."""
    metadata = service["metadata"]
    return service.get("spec"), metadata.get("annotations"), metadata.get("labels"), metadata.get("uid")


def _path(namespace: str, name: str = "") -> str:
    within = f"/namespaces/{namespace}" if namespace else ""
    return f"{GROUP}{within}/inferenceservices" + (f"/{name}" if name else "")


def _doing(what: str, namespace: str, name: str) -> str:
    return f"{what} the InferenceService {name!r} in namespace {namespace!r}"


def require_kserve(error: NoSuchObject) -> None:
    """Raises `KServeMissing` for a plain "404 page not found": the API server does not know the kind at all."""
    if "page not found" in str(error) or "could not find the requested resource" in str(error):
        raise KServeMissing from error
