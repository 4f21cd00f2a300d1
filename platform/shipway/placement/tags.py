"""Labels and annotations of pods. Some steer injectors, policies and Services, so those that steps may have are listed.

A label `app: ml-pipeline` would bring a step the traffic of a Service, an annotation of an injector's could replace the
images of its sidecars. A platform engineer lets in the keys of the own domain with `label_domains`.
"""

from __future__ import annotations

from collections.abc import Callable

from shipway.placement.entry import Entry
from shipway.placement.values import TAG_KEY, tag_value

LABELS = frozenset(
    {
        "sidecar.istio.io/inject",
        "azure.workload.identity/use",
        "kueue.x-k8s.io/queue-name",
        "kueue.x-k8s.io/priority-class",
        "team",
        "owner",
        "project",
        "department",
        "business-unit",
        "cost-center",
        "environment",
    }
)
ANNOTATIONS = frozenset(
    {
        "sidecar.istio.io/inject",
        "linkerd.io/inject",
        "cluster-autoscaler.kubernetes.io/safe-to-evict",
        "karpenter.sh/do-not-disrupt",
        "kueue.x-k8s.io/queue-name",
        "gke-gcsfuse/volumes",
        "description",
    }
)
OWN_DOMAIN = "user.shipway.dev"
CLOSED_DOMAINS = (
    *("kubernetes.io", "k8s.io", "istio.io", "linkerd.io", "argoproj.io", "kubeflow.org", "kserve.io", "shipway.dev"),
    *("vault.hashicorp.com", "consul.hashicorp.com", "cilium.io", "gke.io", "amazonaws.com", "openshift.io"),
)
"""Domains whose keys steer a cluster; `label_domains` cannot open them."""


def read_domains(entry: Entry) -> tuple[str, ...]:
    """The domains whose keys a label or annotation may have besides the listed ones."""
    found = []
    for item in entry.entries():
        domain = item.text()
        match = TAG_KEY.fullmatch(f"{domain}/x")
        if not match or "." not in domain:
            raise item.bad("which is no domain", "write, for example, example.com")
        if any(domain == closed or domain.endswith(f".{closed}") for closed in CLOSED_DOMAINS):
            raise item.bad("whose keys steer the cluster", "name a domain of your own")
        found.append(domain)
    return tuple(found)


def read_labels(entry: Entry, domains: tuple[str, ...]) -> dict[str, str]:
    return {name: _checked(name, value, LABELS, domains, tag_value) for name, value in entry.mapping().items()}


def read_annotations(entry: Entry, domains: tuple[str, ...]) -> dict[str, str]:
    return {name: _checked(name, value, ANNOTATIONS, domains, Entry.text) for name, value in entry.mapping().items()}


def _checked(
    name: str, entry: Entry, listed: frozenset[str], domains: tuple[str, ...], read: Callable[[Entry], str]
) -> str:
    match = TAG_KEY.fullmatch(name)
    if match is None:
        raise entry.bad("and its key is none that Kubernetes takes", "write name or domain/name")
    if name not in listed and match["domain"] not in (*domains, OWN_DOMAIN):
        own = f"{OWN_DOMAIN}/{name.rpartition('/')[2]}"
        way_out = f"write {own}, let your domain in by label_domains, or use one of {', '.join(sorted(listed))}"
        raise entry.bad("and its key is none that a step may have", way_out)
    return read(entry)
