"""Adding a step to a pipeline that is being written: its wiring is checked, its resources land on the task."""

from __future__ import annotations

from typing import Any

from shipway.artifacts import Artifact
from shipway.errors import ContractError
from shipway.step.component import DIGEST_SUFFIX
from shipway.step.declaration import InputSpec, Resources
from shipway.step.module_file import module_digest
from shipway.step.step import Step

RETRY_PAUSE = "5s"
RETRY_FACTOR = 2.0
RETRY_WINDOW = "3600s"
NODE_POOL_LABEL = "shipway.dev/node-pool"
PRODUCED = "_shipway_artifact_type"


class WrongArtifactType(ContractError):
    """An artifact of one type is wired into an input of another."""

    def __init__(self, producer: str, produced: str, consumer: str, name: str, wanted: str) -> None:
        super().__init__(
            f"Step {producer!r} produces {produced}, but it is wired into the input {name!r} of step {consumer!r}, "
            f"which takes {wanted}: wire an output of type {wanted} instead."
        )


def add_task(step: Step, arguments: dict[str, Any]) -> Any:
    """A task of `step` in the pipeline that is being written, as kfp's own task object."""
    for name, spec in step.inputs.items():
        _check_wiring(step, spec, arguments.get(name))
    task = step.component(**_explicit(step, arguments))
    for name, output in step.outputs.items():
        setattr(task.outputs[name], PRODUCED, output.artifact_type)
    if step.reads is not None or not step.cacheable:
        task.set_caching_options(False)
    _set_resources(task, step.resources)
    return task


def _explicit(step: Step, arguments: dict[str, Any]) -> dict[str, Any]:
    """All parameters by name: Kubeflow's driver fails on an argument that refers to an omitted optional input."""
    defaults = {name: spec.default for name, spec in step.parameters.items() if not spec.required}
    explicit = {**defaults, **{name: value for name, value in arguments.items() if value is not None}}
    for name, spec in step.parameters.items():
        if spec.is_module_file and isinstance(explicit.get(name), str):
            explicit[name + DIGEST_SUFFIX] = module_digest(explicit[name]) if explicit[name] else ""
    return explicit


def _check_wiring(step: Step, spec: InputSpec, argument: Any) -> None:
    """What a plain Artifact turns out to be is known, and checked, when the pipeline runs."""
    for channel in _sources(argument):
        produced: type[Artifact] | None = getattr(channel, PRODUCED, None)
        if produced not in (None, Artifact) and not issubclass(produced, spec.artifact_type):
            consumer = step.name.replace("_", "-")
            raise WrongArtifactType(
                channel.task_name, produced.type_name, consumer, spec.name, spec.artifact_type.type_name
            )


def _sources(argument: Any) -> list[Any]:
    """The channels behind an argument: those that a OneOf chooses from, the one that a Collected gathers."""
    if hasattr(argument, "channels"):
        return list(argument.channels)
    if hasattr(argument, "output") and hasattr(argument, "is_artifact_channel"):
        return [argument.output]
    return [argument]


def _set_resources(task: Any, resources: Resources) -> None:
    if resources.cpu:
        task.set_cpu_limit(resources.cpu)
    if resources.memory:
        task.set_memory_limit(resources.memory)
    if resources.accelerator and resources.accelerator_count:
        task.set_accelerator_type(resources.accelerator).set_accelerator_limit(resources.accelerator_count)
    if resources.retries:
        task.set_retry(resources.retries, RETRY_PAUSE, RETRY_FACTOR, RETRY_WINDOW)
    if resources.node_pool or resources.timeout_seconds:
        _set_pod_options(task, resources)


def _set_pod_options(task: Any, resources: Resources) -> None:
    from kfp import kubernetes

    if resources.node_pool:
        kubernetes.add_node_selector(task, NODE_POOL_LABEL, resources.node_pool)
    if resources.timeout_seconds:
        kubernetes.set_timeout(task, max(1, round(resources.timeout_seconds)))
