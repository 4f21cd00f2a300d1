"""Node pools of a cluster file: the nodes that a pool's name stands for, and what they offer."""

from __future__ import annotations

import re

from shipway.placement.entry import Entry
from shipway.placement.settings import Accelerator, NodePool, Toleration
from shipway.placement.values import TAG_KEY, resource, seconds, tag_value

TPU_RESOURCE = "google.com/tpu"
TPU_TYPE = "cloud.google.com/gke-tpu-accelerator"
TPU_TOPOLOGY = "cloud.google.com/gke-tpu-topology"
TOPOLOGY = re.compile(r"[1-9]\d*(x[1-9]\d*){1,2}")
OPERATORS = ("Exists", "Equal")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def read_pools(entry: Entry) -> dict[str, NodePool]:
    """Pools by name."""
    return {name: _pool(name, value) for name, value in entry.mapping().items()}


def read_accelerator(entry: Entry, least: int = 1) -> Accelerator:
    """`{type: nvidia.com/gpu, count: 1}`; a count of 0, where it is allowed, takes the accelerator away."""
    fields = entry.section("type", "count")
    count = fields["count"].whole(least) if "count" in fields else 1
    if "type" not in fields and count:
        raise entry.bad("which says no type", "add 'type: nvidia.com/gpu' or 'type: google.com/tpu'")
    return Accelerator(resource(fields["type"]) if "type" in fields else "", count)


def _pool(name: str, entry: Entry) -> NodePool:
    fields = entry.section("node_selector", "tolerations", "accelerator", "gke_tpu", "images")
    selector = _selector(fields["node_selector"]) if "node_selector" in fields else {}
    accelerator = read_accelerator(fields["accelerator"]) if "accelerator" in fields else None
    if "gke_tpu" in fields:
        if accelerator:
            raise entry.bad("which has both 'accelerator' and 'gke_tpu'", "keep one, gke_tpu says the number of chips")
        topology, accelerator = _gke_tpu(fields["gke_tpu"])
        selector = {**topology, **selector}
    if not selector:
        raise entry.bad("which selects no nodes", "add 'node_selector: {LABEL: VALUE}' with a label of its nodes")
    return NodePool(
        name=name,
        node_selector=selector,
        tolerations=tuple(_toleration(one) for one in fields["tolerations"].entries())
        if "tolerations" in fields
        else (),
        accelerator=accelerator,
        images={key: value.text() for key, value in fields["images"].mapping().items()} if "images" in fields else {},
    )


def _selector(entry: Entry) -> dict[str, str]:
    found = {}
    for key, value in entry.mapping().items():
        if not TAG_KEY.fullmatch(key):
            raise value.bad("and its key is no label of a node", "write it as 'kubectl get nodes --show-labels' does")
        found[key] = tag_value(value) if not isinstance(value.value, bool) else value.text()
    return found


def _gke_tpu(entry: Entry) -> tuple[dict[str, str], Accelerator]:
    """The labels that GKE gives to the nodes of a TPU slice, and how many chips of it a pod takes."""
    fields = entry.section("type", "topology", "chips")
    for name in ("type", "topology", "chips"):
        if name not in fields:
            raise entry.bad(f"which says no {name}", "write {type: tpu-v5-lite-podslice, topology: 2x4, chips: 8}")
    topology = fields["topology"].text()
    if not TOPOLOGY.fullmatch(topology):
        raise fields["topology"].bad("which is no topology", "write, for example, 2x4 or 2x2x1")
    chips = fields["chips"].whole(1)
    if chips > _product(topology):
        raise fields["chips"].bad(f"which is more than a topology of {topology} has", f"write {_product(topology)}")
    return {TPU_TYPE: tag_value(fields["type"]), TPU_TOPOLOGY: topology}, Accelerator(TPU_RESOURCE, chips)


def _product(topology: str) -> int:
    total = 1
    for part in topology.split("x"):
        total *= int(part)
    return total


def _toleration(entry: Entry) -> Toleration:
    fields = entry.section("key", "operator", "value", "effect", "seconds")
    operator = fields["operator"].choice(*OPERATORS) if "operator" in fields else "Equal"
    effect = fields["effect"].choice(*EFFECTS) if "effect" in fields else ""
    if "key" not in fields:
        raise entry.bad("which says no taint", "add 'key: KEY' of the taint (kubectl describe node shows it)")
    key = fields["key"].text()
    if not TAG_KEY.fullmatch(key):
        raise fields["key"].bad("which is no key of a taint", "write it as 'kubectl describe node' shows it")
    if operator == "Exists" and "value" in fields:
        raise fields["value"].bad("which 'operator: Exists' has no use for", "remove it, or write 'operator: Equal'")
    if "seconds" in fields and effect != "NoExecute":
        raise fields["seconds"].bad("which only 'effect: NoExecute' has a use for", "remove it")
    return Toleration(
        key=key,
        operator=operator,
        value=tag_value(fields["value"]) if "value" in fields else "",
        effect=effect,
        seconds=seconds(fields["seconds"], least=0) if "seconds" in fields else None,
    )
