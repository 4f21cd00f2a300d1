"""The chart in a cluster, by Helm's own engine: installed, upgraded, tested, and taken away."""

from __future__ import annotations

import contextlib
import copy
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from host_path_claims import open_claims

from harness.cluster import Cluster, until

CHART = Path(__file__).resolve().parents[2] / "helm" / "shipway"
TOKENS = ("shipway-metadata-token", "shipway-dashboards-token", "shipway-metrics-token")
KINDS = (
    "deployments,replicasets,pods,services,endpoints,configmaps,secrets,serviceaccounts,persistentvolumeclaims,cronjobs,jobs,"
    "roles.rbac.authorization.k8s.io,rolebindings.rbac.authorization.k8s.io,networkpolicies,poddisruptionbudgets,"
    "horizontalpodautoscalers,ingresses"
)
SMALL: dict[str, Any] = {
    "servingRuntime": {"enabled": False},
    "metadata": {
        "persistence": {"size": "100Mi"},
        "backup": {"size": "100Mi"},
        "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}},
    },
    "dashboards": {"resources": {"requests": {"cpu": "20m", "memory": "128Mi"}}},
    "exporter": {"resources": {"requests": {"cpu": "20m", "memory": "96Mi"}}, "refreshSeconds": 1},
    "watcher": {"resources": {"requests": {"cpu": "20m", "memory": "96Mi"}}},
}
"""What fits beside everything else on one machine. The serving runtime is the cluster's, and not every release's."""


@dataclass(frozen=True)
class HelmRelease:
    """One release, which may or may not be installed; `tokens` are those of its Secrets."""

    cluster: Cluster
    name: str
    namespace: str
    values: dict[str, Any]
    tokens: dict[str, str]

    @property
    def image(self) -> str:
        """The reference of the control image."""
        control = self.values["images"]["control"]
        return (
            f"{control['repository']}@{control['digest']}"
            if control["digest"]
            else ":".join((control["repository"], control["tag"]))
        )

    def install(self, seconds: int = 240, **values: Any) -> None:
        """Install, and wait until everything is ready; a release that does not get there is taken away again."""
        with self._helm() as helm, _loaded_chart() as chart:
            merged = _over(self.values, values)
            self._open_claims(chart, merged)
            helm.install(chart, self.name, merged, wait="watcher", timeout=seconds, rollback_on_failure=True)

    def upgrade(self, seconds: int = 240, **values: Any) -> None:
        with self._helm() as helm, _loaded_chart() as chart:
            self._open_claims(chart, _over(self.values, values))
            helm.upgrade(chart, self.name, _over(self.values, values), wait="watcher", timeout=seconds)

    def uninstall(self, seconds: int = 120) -> None:
        with self._helm() as helm:
            helm.uninstall(self.name, wait="watcher", timeout=seconds, ignore_not_found=True)
        self.wait_for_pods_to_end(seconds)

    def wait_for_pods_to_end(self, seconds: int = 120) -> None:
        """Helm waits for the objects that it made, and not for those that followed from them."""
        until(lambda: not any(kind == "Pod" for kind, _ in self.objects()), seconds, "the pods are gone")

    def test(self, seconds: int = 120) -> str:
        """`helm test`; what its pods printed."""
        with self._helm() as helm:
            return helm.test(self.name, timeout=seconds, logs=True)["logs"]

    def objects(self, namespace: str = "") -> set[tuple[str, str]]:
        """Kind and name of what carries the release's label, in its own namespace or another one."""
        listed = self.cluster.get(
            KINDS, "-l", f"app.kubernetes.io/instance={self.name}", namespace=namespace or self.namespace
        )
        return {(one["kind"], one["metadata"]["name"]) for one in listed["items"]}

    def _open_claims(self, chart: Any, values: dict[str, Any]) -> None:
        texts = chart.render(values, name=self.name, namespace=self.namespace)
        claims = [
            one
            for path, text in texts.items()
            if path.endswith("claim.yaml")
            for one in yaml.safe_load_all(text)
            if one and one["kind"] == "PersistentVolumeClaim"
        ]
        open_claims(self.cluster, claims, self.name, self.namespace, self.image)

    @contextlib.contextmanager
    def _helm(self) -> Iterator[Any]:
        from helm_python import Config

        with Config(kubeconfig_path=self.cluster.kubeconfig, namespace=self.namespace) as helm:
            yield helm


def prepared_release(
    cluster: Cluster, namespace: str, images: dict[str, str], name: str = "shipway", **values: Any
) -> HelmRelease:
    """A release that is not installed yet: its Secrets are there, its values name the images and fit small clusters."""
    tokens = {secret: secrets.token_hex(32) for secret in TOKENS}
    for secret, token in tokens.items():
        cluster.secret(secret, namespace, token=token)
    own = {"images": {name: _image(images[name]) for name in ("control", "serving") if name in images}}
    own["pipelines"] = {"namespaces": [namespace]}
    return HelmRelease(cluster, name, namespace, _over(_over(SMALL, own), values), tokens)


def _image(reference: str) -> dict[str, str]:
    name, _, digest = reference.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = name, ""
    return {"repository": repository, "tag": tag, "digest": digest}


def _over(values: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """`more` over `values`, as Helm merges them: mappings are merged, everything else is replaced."""
    merged = copy.deepcopy(values)
    for key, value in more.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _over(merged[key], value) if both else copy.deepcopy(value)
    return merged


@contextlib.contextmanager
def _loaded_chart() -> Iterator[Any]:
    from helm_python import Chart

    with Chart.load(CHART) as chart:
        yield chart


def default_values() -> dict[str, Any]:
    return yaml.safe_load((CHART / "values.yaml").read_text())
