"""Where a task's pod may run: node pools become selectors and tolerations of the platform spec."""

from __future__ import annotations

from typing import Any

from shipway.placement.compiled_tasks import CompiledTask
from shipway.placement.faults import PlacementFault, closest
from shipway.placement.layers import Layers
from shipway.placement.settings import ClusterSettings, NodePool, Toleration
from shipway.step.task import NODE_POOL_LABEL


class UnknownPool(PlacementFault):
    """A step names a pool that the cluster file does not have."""

    def __init__(self, task: CompiledTask, pool: str, settings: ClusterSettings) -> None:
        known = sorted(settings.node_pools)
        there = f"its pools are {', '.join(known)}" if known else "it has no node_pools"
        super().__init__(
            f"Step {task.step!r} (task {task.name!r}) wants the node pool {pool!r}, which the cluster file "
            f"{str(settings.path)!r} does not define{closest(pool, known)}: {there}; define {pool!r} under node_pools, "
            "or name another pool in the step or under steps in the file."
        )


def pool_of(pod: dict[str, Any], task: CompiledTask, layers: Layers, settings: ClusterSettings) -> NodePool | None:
    """The pool that a task is for; None for none, and where there is no file to define it. Raises `UnknownPool`."""
    declared = (pod.get("nodeSelector") or {}).get("labels") or {}
    name = layers.merged.node_pool or declared.get(NODE_POOL_LABEL) or layers.defaults.node_pool
    if not name or settings.path is None:
        return None
    if name not in settings.node_pools:
        raise UnknownPool(task, name, settings)
    return settings.node_pools[name]


def place_pod_on_nodes(pod: dict[str, Any], pool: NodePool | None) -> None:
    """Write the pool's selector in place of its name, and its tolerations beside those that are there."""
    if pool is None:
        return
    selector = dict(pod.get("nodeSelector") or {})
    labels = {key: value for key, value in (selector.get("labels") or {}).items() if key != NODE_POOL_LABEL}
    pod["nodeSelector"] = {**selector, "labels": {**labels, **pool.node_selector}}
    present = list(pod.get("tolerations") or ())
    wanted = [_compiled(toleration) for toleration in pool.tolerations]
    if present or wanted:
        pod["tolerations"] = present + [one for one in wanted if one not in present]


def _compiled(toleration: Toleration) -> dict[str, str]:
    values = {
        "key": toleration.key,
        "operator": toleration.operator,
        "value": toleration.value,
        "effect": toleration.effect,
        "tolerationSeconds": "" if toleration.seconds is None else str(toleration.seconds),
    }
    return {name: value for name, value in values.items() if value}
