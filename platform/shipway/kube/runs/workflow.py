"""A run as Argo's Workflow has it: its state, its nodes that are pods, and whether somebody stopped it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.kube.pods.facts import moment_ms, one_line
from shipway.kube.runs.command import DRIVER, Command, command_of, container_reference
from shipway.kube.runs.pod import RUN_LABEL

SUCCEEDED, FAILED, CANCELED = "SUCCEEDED", "FAILED", "CANCELED"
STATES = {"Succeeded": SUCCEEDED, "Failed": FAILED, "Error": FAILED}
UNDONE = frozenset({"Failed", "Error", "Pending"})
IMPLEMENTATION = "implementations-"
LONGEST_PREFIX = 242
LAST_OF_SECOND_MS = 999
"""Argo writes whole seconds: what it says has ended within that second ended before this."""


@dataclass(frozen=True)
class Node:
    """A pod that the workflow made, or could not make, and what Argo says of it where it did not succeed."""

    id: str
    name: str
    pod_name: str
    phase: str
    message: str
    began_ms: int
    ended_ms: int
    command: Command | None


@dataclass(frozen=True)
class Workflow:
    """A run. `state` is SUCCEEDED, FAILED or CANCELED once it has ended, "" before."""

    run_id: str
    pipeline: str
    name: str
    namespace: str
    state: str
    message: str
    began_ms: int
    ended_ms: int
    is_stopped: bool
    """Whether somebody stopped it, which it may not have noticed yet."""

    has_steps: bool
    """Whether a step of Shipway's is in the pipeline."""

    nodes: tuple[Node, ...]
    """Those that failed or wait; what succeeded needs no account here."""

    is_deleted: bool = False
    """Whether the workflow is gone; this was its last state then."""

    was_cut_off: bool = False
    """Whether it went before it had ended; `ended_ms` is when that was noticed."""


def read_workflow(workflow: Mapping[str, Any]) -> Workflow | None:
    """A run, out of the JSON of its workflow; None for a workflow of no run."""
    metadata, spec, status = (_mapping(workflow.get(name)) for name in ("metadata", "spec", "status"))
    run_id = _mapping(metadata.get("labels")).get(RUN_LABEL, "")
    if not run_id:
        return None
    ended_ms = moment_ms(status.get("finishedAt"))
    name = str(metadata.get("name", ""))
    return Workflow(
        run_id=run_id,
        pipeline=_pipeline(spec),
        name=name,
        namespace=str(metadata.get("namespace", "")),
        state=_state(spec, status) if ended_ms else "",
        is_stopped=_is_stopped(spec),
        message=one_line(status.get("message")),
        began_ms=moment_ms(status.get("startedAt")) or moment_ms(metadata.get("creationTimestamp")),
        ended_ms=ended_ms + LAST_OF_SECOND_MS if ended_ms else 0,
        has_steps=_has_steps(spec),
        nodes=tuple(
            _node(name, one, _templates(spec))
            for one in _nodes(status).values()
            if one.get("type") == "Pod" and one.get("phase") in UNDONE
        ),
    )


def _state(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    state = STATES.get(str(status.get("phase")), "")
    return CANCELED if state == FAILED and _is_stopped(spec) else state


def _is_stopped(spec: Mapping[str, Any]) -> bool:
    """Kubeflow stops a run by giving it no time at all; Argo's own way is a strategy to shut down."""
    return spec.get("activeDeadlineSeconds") == 0 or bool(spec.get("shutdown"))


def _pipeline(spec: Mapping[str, Any]) -> str:
    for words in _templates(spec).values():
        if "--pipeline_name" in words[:-1]:
            return words[words.index("--pipeline_name") + 1]
    return ""


def _templates(spec: Mapping[str, Any]) -> dict[str, list[str]]:
    """The arguments of the workflow's templates that run Kubeflow's own programs."""
    found = {}
    for one in spec.get("templates") or []:
        container = _mapping(one.get("container"))
        found[str(one.get("name", ""))] = [str(word) for word in container.get("args") or []]
    return found


def _has_steps(spec: Mapping[str, Any]) -> bool:
    parameters = _mapping(spec.get("arguments")).get("parameters") or []
    return any(
        bool(container_reference(str(one.get("value", ""))))
        for one in parameters
        if str(one.get("name", "")).startswith(IMPLEMENTATION)
    )


def _nodes(status: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The nodes, which Argo packs once they are large; those that it keeps in a database of its own are not seen."""
    if status.get("nodes"):
        return _mapping(status["nodes"])
    packed = status.get("compressedNodes")
    if not packed:
        return {}
    try:
        return _mapping(json.loads(gzip.decompress(base64.b64decode(packed))))
    except (ValueError, OSError, EOFError):
        return {}


def _node(workflow: str, node: Mapping[str, Any], templates: Mapping[str, list[str]]) -> Node:
    template = str(node.get("templateName", ""))
    node_id = str(node.get("id", ""))
    return Node(
        id=node_id,
        name=str(node.get("name", "")),
        pod_name=pod_name(workflow, node_id, template),
        phase=str(node.get("phase", "")),
        message=one_line(node.get("message")),
        began_ms=moment_ms(node.get("startedAt")),
        ended_ms=moment_ms(node.get("finishedAt")),
        command=_command(node, templates.get(template, [])),
    )


def _command(node: Mapping[str, Any], template: list[str]) -> Command | None:
    """What the node's pod runs, or would have run: a driver by its inputs, a step by what its driver has prepared."""
    given = {
        str(one.get("name")): str(one.get("value", ""))
        for one in _mapping(node.get("inputs")).get("parameters") or []
        if isinstance(one, Mapping)
    }
    if patch := given.get("pod-spec-patch"):
        try:
            containers = _mapping(json.loads(patch)).get("containers") or []
        except ValueError:
            return None
        words = [[*(one.get("command") or []), *(one.get("args") or [])] for one in containers]
        return next((found for one in words if (found := command_of(one))), None)
    found = command_of(template)
    if found is None or found.kind != DRIVER:
        return found
    reference = container_reference(given.get("container", ""))
    return Command(DRIVER, found.pipeline, found.run_id, given.get("task-name", ""), reference=reference)


def pod_name(workflow: str, node_id: str, template: str) -> str:
    """The name that Argo gives to the pod of a node: the template's, and the number that ends the node's id."""
    if node_id == workflow:
        return workflow
    return f"{f'{workflow}-{template}'[:LONGEST_PREFIX]}-{node_id.rpartition('-')[2]}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
