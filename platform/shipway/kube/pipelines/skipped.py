"""Tasks that a run passed over together with the group they are in: no node tells of them, the workflow's plan does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shipway.kube.pipelines.node_names import IMPORTER, task_name
from shipway.kube.pipelines.records import SKIPPED, ClusterTask

EXECUTOR_TEMPLATE = "system-container-executor"
NOT_TAKEN = ("Skipped", "Omitted")
CONDITION_FALSE = "its condition is false"
NEEDS_FAILED = "a step that it needs did not succeed"

Templates = Mapping[str, Mapping[str, Any]]


def why_skipped(node: Mapping[str, Any]) -> str:
    return NEEDS_FAILED if node.get("phase") == "Omitted" else CONDITION_FALSE


def tasks_in_skipped_groups(workflow: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> list[ClusterTask]:
    """The tasks inside of groups and nested pipelines that were not entered; `nodes` are by their names."""
    spec = workflow.get("spec") or workflow.get("status", {}).get("storedWorkflowTemplateSpec") or {}
    templates = {str(one.get("name")): one for one in spec.get("templates") or []}
    prefix = f"{workflow.get('metadata', {}).get('name', '')}."
    return [
        ClusterTask(task_name(path.removeprefix(prefix)), path.rpartition(".")[2], SKIPPED, message=why_skipped(node))
        for name, node in nodes.items()
        if node.get("phase") in NOT_TAKEN
        for path in _leaves(name, str(node.get("templateName", "")), templates)
    ]


def _leaves(path: str, template: str, templates: Templates) -> Iterator[str]:
    """The tasks below a node, by what their paths would have been; a task itself has none below it."""
    if template.endswith(EXECUTOR_TEMPLATE):
        return
    for task in (templates.get(template, {}).get("dag") or {}).get("tasks") or []:
        inner, below = str(task.get("template", "")), f"{path}.{task.get('name')}"
        if inner.endswith(EXECUTOR_TEMPLATE) or inner == IMPORTER:
            yield below
        else:
            yield from _leaves(below, inner, templates)
