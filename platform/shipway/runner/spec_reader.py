"""From the JSON of a compiled pipeline to `PipelineSpec`; everything the runner cannot honour is refused here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shipway.errors import UsageError
from shipway.runner.executor_reader import read_executors
from shipway.runner.fields import BrokenPipeline, Fields, UnsupportedField
from shipway.runner.spec import (
    UNSET,
    ArtifactSlot,
    Component,
    Container,
    Dag,
    Importer,
    ParameterSlot,
    PipelineSpec,
    TaskOutput,
)
from shipway.runner.task_reader import read_task

PARAMETER_KINDS = frozenset(
    {"STRING", "NUMBER_INTEGER", "NUMBER_DOUBLE", "BOOLEAN", "LIST", "STRUCT", "TASK_FINAL_STATUS"}
)
Executors = Mapping[str, Container | Importer]


class NotAPipeline(UsageError):
    """A file that holds something else than a compiled pipeline."""

    def __init__(self, target: str, problem: str) -> None:
        super().__init__(
            f"{target!r} is not a compiled pipeline ({problem}): give a YAML that KFP's compiler wrote, or a .py file."
        )


def read_spec(spec: Any, platform: Any = None, target: str = "the pipeline") -> PipelineSpec:
    """Read a PipelineSpec and, if there is one, its platform spec.

    Raises `NotAPipeline`, `BrokenPipeline`, or `UnsupportedField` naming the field.
    """
    if not isinstance(spec, Mapping) or not {"pipelineInfo", "root"} <= set(spec):
        raise NotAPipeline(target, "it has no 'pipelineInfo' and 'root'")
    with Fields(spec, "") as fields:
        version = fields.text("schemaVersion")
        if version.partition(".")[0] != "2":
            raise UnsupportedField("schemaVersion", version, "compile the pipeline with KFP 2")
        fields.pass_over("sdkVersion", "defaultPipelineRoot")
        with fields.child("pipelineInfo") as info:
            name = info.required("name")
            info.pass_over("displayName", "description")
        executors = read_executors(fields.child("deploymentSpec"), platform)
        components = {key: _component(key, child, executors) for key, child in fields.items("components")}
        root = _component("root", fields.child("root"), executors)
    pipeline = PipelineSpec(name, root, components)
    for component in (root, *components.values()):
        _check_tasks(pipeline, component)
    return pipeline


def _component(name: str, fields: Fields, executors: Executors) -> Component:
    with fields:
        with fields.child("inputDefinitions") as inputs:
            parameters = {key: read_parameter(key, child) for key, child in inputs.items("parameters")}
            artifacts = {key: read_artifact(key, child) for key, child in inputs.items("artifacts")}
        with fields.child("outputDefinitions") as outputs:
            made_parameters = {key: read_parameter(key, child).kind for key, child in outputs.items("parameters")}
            made_artifacts = {key: read_artifact(key, child) for key, child in outputs.items("artifacts")}
        body = _body(fields, executors)
        fields.pass_over("singlePlatformSpecs", "description")
    return Component(name, body, parameters, artifacts, made_parameters, made_artifacts)


def _body(fields: Fields, executors: Executors) -> Dag | Container | Importer:
    if fields.has("dag"):
        return _dag(fields.child("dag"))
    label = fields.required("executorLabel")
    if label not in executors:
        raise BrokenPipeline(fields.at("executorLabel"), f"names {label!r}, which deploymentSpec.executors lacks")
    return executors[label]


def read_parameter(name: str, fields: Fields) -> ParameterSlot:
    with fields:
        kind = fields.text("parameterType")
        if kind not in PARAMETER_KINDS:
            raise UnsupportedField(fields.at("parameterType"), kind)
        default = fields.take("defaultValue", UNSET)
        return ParameterSlot(name, kind, bool(fields.take("isOptional")), default, fields.text("description"))


def read_artifact(name: str, fields: Fields) -> ArtifactSlot:
    with fields:
        with fields.child("artifactType") as kind:
            title = kind.text("schemaTitle", "system.Artifact")
            kind.pass_over("schemaVersion", "instanceSchema", "schemaUri")
        fields.pass_over("description", "metadata")
        return ArtifactSlot(name, title, bool(fields.take("isArtifactList")), bool(fields.take("isOptional")))


def _dag(fields: Fields) -> Dag:
    with fields:
        children = sorted(fields.items("tasks"), key=lambda item: _natural(item[0]))
        tasks = {name: read_task(name, child) for name, child in children}
        with fields.child("outputs") as outputs:
            parameters = {key: _parameter_selectors(child) for key, child in outputs.items("parameters")}
            artifacts = {key: _artifact_selectors(child) for key, child in outputs.items("artifacts")}
    return Dag(tasks, parameters, artifacts)


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts `train-2` before `train-10`: a compiled pipeline has lost the order in which its tasks were written."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _parameter_selectors(fields: Fields) -> tuple[TaskOutput, ...]:
    with fields:
        if fields.has("valueFromParameter"):
            return (_selector(fields.child("valueFromParameter"), "outputParameterKey"),)
        with fields.child("valueFromOneof") as choice:
            return tuple(_selector(child, "outputParameterKey") for child in choice.objects("parameterSelectors"))


def _artifact_selectors(fields: Fields) -> tuple[TaskOutput, ...]:
    with fields:
        return tuple(_selector(child, "outputArtifactKey") for child in fields.objects("artifactSelectors"))


def _selector(fields: Fields, key: str) -> TaskOutput:
    with fields:
        return TaskOutput(fields.required("producerSubtask"), fields.required(key))


def _check_tasks(pipeline: PipelineSpec, component: Component) -> None:
    """Every task and component that is named is there, and no task waits for itself."""
    if not isinstance(component.body, Dag):
        return
    tasks = component.body.tasks
    where = f"{component.name}.dag.tasks"
    for task in tasks.values():
        here = f"{where}.{task.name}"
        if task.component not in pipeline.components:
            raise BrokenPipeline(f"{here}.componentRef.name", f"names {task.component!r}, which is missing")
        if task.loop and not isinstance(pipeline.components[task.component].body, Dag):
            raise UnsupportedField(f"{here}.parameterIterator", advice="put the task into a dsl.ParallelFor")
        for name in task.upstream:
            if name not in tasks:
                raise BrokenPipeline(here, f"waits for the task {name!r}, which is missing")
    waiting = dict(tasks)
    while waiting:
        ready = [name for name, task in waiting.items() if not any(up in waiting for up in task.upstream)]
        if not ready:
            raise BrokenPipeline(where, f"wait for each other: {', '.join(sorted(waiting))}")
        for name in ready:
            del waiting[name]
