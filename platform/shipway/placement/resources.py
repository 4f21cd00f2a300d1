"""CPU, memory and accelerators of a task's container."""

from __future__ import annotations

from typing import Any

from shipway.placement.compiled_tasks import CompiledTask
from shipway.placement.faults import PlacementFault
from shipway.placement.layers import Layers
from shipway.placement.settings import Accelerator, NodePool
from shipway.placement.values import RESOURCE, amount, is_amount

KINDS = {"cpu": "Cpu", "memory": "Memory"}
SHARES = {"": "Limit", "_request": "Request"}
GIGABYTE = 10**9


class RequestAboveLimit(PlacementFault):
    """A pod that Kubernetes would refuse."""

    def __init__(self, task: str, kind: str, request: str, limit: str) -> None:
        super().__init__(
            f"Task {task!r} would request {request} of {kind}, more than its limit of {limit}: set {kind} and "
            f"{kind}_request of it together in the cluster file."
        )


class WrongAccelerator(PlacementFault):
    """A step wants one kind of accelerator, its pool has another."""

    def __init__(self, task: str, wanted: str, pool: NodePool) -> None:
        assert pool.accelerator
        super().__init__(
            f"Task {task!r} asks for {wanted!r}, but its node pool {pool.name!r} has {pool.accelerator.resource!r}: "
            "name a pool that has what the step asks for."
        )


class NoResource(PlacementFault):
    """An accelerator that is called by no name of a resource."""

    def __init__(self, task: str, wanted: str) -> None:
        super().__init__(
            f"Task {task!r} asks for the accelerator {wanted!r}, which nodes do not offer by that name: put the task "
            "into a node pool whose 'accelerator: {type: ...}' says it, or write nvidia.com/gpu or google.com/tpu."
        )


def place_resources(container: dict[str, Any], task: CompiledTask, layers: Layers, pool: NodePool | None) -> None:
    """Set what the layers and the pool say. Raises `RequestAboveLimit`, `WrongAccelerator`, `NoResource`."""
    resources = dict(container.get("resources") or {})
    for kind in KINDS:
        _place_kind(resources, task, layers, kind)
    accelerator = _accelerator(resources, task, layers, pool)
    if accelerator is not None:
        resources.pop("accelerator", None)
        if accelerator.count:
            resources["accelerator"] = _compiled(accelerator)
    if resources:
        container["resources"] = resources
    else:
        container.pop("resources", None)


def read_share(resources: dict[str, Any], kind: str, share: str) -> str:
    """What a container's resources say of one share of one kind, "" for nothing."""
    name = f"{KINDS[kind]}{SHARES[share]}"
    if text := resources.get(f"resource{name}"):
        return str(text)
    number = resources.get(name[0].lower() + name[1:])
    return "" if not number else f"{number:g}" if kind == "cpu" else f"{number:g}G"


def read_accelerator_of(resources: dict[str, Any]) -> tuple[str, str]:
    """Its name and count as they stand in the pipeline; either may be a placeholder."""
    declared = resources.get("accelerator") or {}
    count = declared.get("resourceCount") or declared.get("count") or ""
    return str(declared.get("resourceType") or declared.get("type") or ""), str(count)


def _place_kind(resources: dict[str, Any], task: CompiledTask, layers: Layers, kind: str) -> None:
    own, declared = {}, {share: read_share(resources, kind, share) for share in SHARES}
    for share in SHARES:
        own[share] = getattr(layers.merged, f"{kind}{share}")
    wanted = {share: own[share] or declared[share] for share in SHARES}
    if _is_above(wanted["_request"], wanted[""]):
        raise RequestAboveLimit(task.name, kind, wanted["_request"], wanted[""])
    for share in SHARES:
        filled = {**wanted, share: getattr(layers.defaults, f"{kind}{share}")}
        if not wanted[share] and not _is_above(filled["_request"], filled[""]):
            wanted = filled
    for share, text in wanted.items():
        if text and text != declared[share]:
            name = f"{KINDS[kind]}{SHARES[share]}"
            resources[f"resource{name}"] = text
            number = amount(text) if kind == "cpu" else amount(text) / GIGABYTE
            resources[name[0].lower() + name[1:]] = float(number)


def _is_above(request: str, limit: str) -> bool:
    return is_amount(request) and is_amount(limit) and amount(request) > amount(limit)


def _accelerator(
    resources: dict[str, Any], task: CompiledTask, layers: Layers, pool: NodePool | None
) -> Accelerator | None:
    """What is to be written; None where what the pipeline says stays as it is."""
    own = layers.merged.accelerator
    if own is not None and not own.count:
        return own
    name, count = (own.resource, str(own.count)) if own else read_accelerator_of(resources)
    offered = pool.accelerator if pool else None
    if not name:
        return offered
    if "{{" in name or not count.isdigit():
        return None
    if offered and RESOURCE.fullmatch(name) and name != offered.resource:
        assert pool
        raise WrongAccelerator(task.name, name, pool)
    found = Accelerator(offered.resource if offered else name, int(count))
    if pool and not RESOURCE.fullmatch(found.resource):
        raise NoResource(task.name, found.resource)
    return found


def _compiled(accelerator: Accelerator) -> dict[str, str]:
    count = str(accelerator.count)
    return {
        "count": count,
        "type": accelerator.resource,
        "resourceCount": count,
        "resourceType": accelerator.resource,
    }
