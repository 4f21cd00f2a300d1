"""Reading one task of a DAG: its wiring, its condition, its loop, its retries."""

from __future__ import annotations

import json
import re
from typing import Any

from shipway.runner.fields import BrokenPipeline, Fields, UnsupportedField
from shipway.runner.spec import (
    UNSET,
    Constant,
    FinalStatus,
    Loop,
    ParameterWiring,
    Retry,
    ScopeInput,
    Source,
    Task,
    TaskOutput,
)

GROUP_NAME = re.compile(r"(condition|condition-branches|for-loop|exit-handler)-\d+")
SELECTION = re.compile(r"parseJson\(string_value\)((?:\[(?:\"[^\"]*\"|\d+)\])+)")
SELECTED = re.compile(r"\[(?:\"([^\"]*)\"|(\d+))\]")
STRATEGIES = {
    "": False,
    "TRIGGER_STRATEGY_UNSPECIFIED": False,
    "ALL_UPSTREAM_TASKS_SUCCEEDED": False,
    "ALL_UPSTREAM_TASKS_COMPLETED": True,
}


def read_task(name: str, fields: Fields) -> Task:
    """Read one entry of `dag.tasks`; raises `BrokenPipeline` and `UnsupportedField`."""
    with fields:
        fields.pass_over("taskInfo")
        is_group = not fields.has("cachingOptions") and GROUP_NAME.fullmatch(name) is not None
        with fields.child("componentRef") as reference:
            component = reference.required("name")
        with fields.child("inputs") as inputs:
            parameters = {key: _parameter_wiring(child) for key, child in inputs.items("parameters")}
            artifacts = {key: _artifact_source(child) for key, child in inputs.items("artifacts")}
        with fields.child("cachingOptions") as caching:
            cached, cache_key = bool(caching.take("enableCache")), caching.text("cacheKey")
        with fields.child("triggerPolicy") as trigger:
            condition = trigger.text("condition")
            runs_always = _runs_always(trigger)
        sources = [wiring.source for wiring in parameters.values()] + list(artifacts.values())
        producers = [source.task for source in sources if isinstance(source, TaskOutput | FinalStatus)]
        return Task(
            name=name,
            component=component,
            parameters=parameters,
            artifacts=artifacts,
            upstream=tuple(dict.fromkeys((*fields.texts("dependentTasks"), *producers))),
            condition=condition,
            runs_always=runs_always,
            loop=_loop(fields),
            retry=_retry(fields.child("retryPolicy")),
            cached=cached,
            cache_key=cache_key,
            is_group=is_group,
        )


def _runs_always(trigger: Fields) -> bool:
    strategy = trigger.text("strategy")
    if strategy not in STRATEGIES:
        raise UnsupportedField(trigger.at("strategy"), strategy)
    return STRATEGIES[strategy]


def _parameter_wiring(fields: Fields) -> ParameterWiring:
    with fields:
        path = _selection(fields)
        return ParameterWiring(_parameter_source(fields), path)


def _parameter_source(fields: Fields) -> Source:
    if fields.has("componentInputParameter"):
        return ScopeInput(fields.required("componentInputParameter"))
    if fields.has("taskOutputParameter"):
        with fields.child("taskOutputParameter") as output:
            return TaskOutput(output.required("producerTask"), output.required("outputParameterKey"))
    if fields.has("taskFinalStatus"):
        with fields.child("taskFinalStatus") as status:
            return FinalStatus(status.required("producerTask"))
    with fields.child("runtimeValue") as runtime:
        constant = runtime.take("constant", UNSET)
        if constant is UNSET and not runtime.has("runtimeParameter"):
            raise BrokenPipeline(fields.path, "says nowhere where the value comes from")
        return Constant(constant)


def _artifact_source(fields: Fields) -> Source:
    with fields:
        if fields.has("componentInputArtifact"):
            return ScopeInput(fields.required("componentInputArtifact"))
        with fields.child("taskOutputArtifact") as output:
            return TaskOutput(output.required("producerTask"), output.required("outputArtifactKey"))


def _selection(fields: Fields) -> tuple[str | int, ...]:
    """KFP's compiler writes one form alone, `parseJson(string_value)["a"]`, for a field of a loop's item."""
    expression = fields.text("parameterExpressionSelector")
    if not expression:
        return ()
    match = SELECTION.fullmatch(expression)
    if not match:
        raise UnsupportedField(fields.at("parameterExpressionSelector"), expression)
    return tuple(int(index) if index else key for key, index in SELECTED.findall(match[1]))


def _loop(fields: Fields) -> Loop | None:
    with fields.child("iteratorPolicy") as policy:
        parallelism = int(policy.take("parallelismLimit") or 0)
    if fields.has("parameterIterator"):
        with fields.child("parameterIterator") as iterator, iterator.child("items") as items:
            written = _raw_items(items) if items.has("raw") else None
            items_input = "" if written is not None else items.required("inputParameter")
            return Loop(iterator.required("itemInput"), False, written, items_input, parallelism)
    if fields.has("artifactIterator"):
        with fields.child("artifactIterator") as iterator, iterator.child("items") as items:
            return Loop(iterator.required("itemInput"), True, None, items.required("inputArtifact"), parallelism)
    return None


def _raw_items(items: Fields) -> tuple[Any, ...]:
    text = items.text("raw")
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise BrokenPipeline(items.at("raw"), f"is no JSON ({error.msg} at character {error.pos})") from error
    if not isinstance(values, list):
        raise BrokenPipeline(items.at("raw"), "is no list")
    return tuple(values)


def _retry(fields: Fields) -> Retry:
    with fields:
        if not fields.has("maxRetryCount"):
            fields.pass_over("backoffDuration", "backoffFactor", "backoffMaxDuration")
            return Retry()
        return Retry(
            count=int(fields.take("maxRetryCount")),
            pause=_seconds(fields, "backoffDuration", 0.0),
            factor=float(fields.take("backoffFactor") or 2.0),
            window=_seconds(fields, "backoffMaxDuration", 3600.0),
        )


def _seconds(fields: Fields, name: str, default: float) -> float:
    text = fields.text(name)
    try:
        return float(text.removesuffix("s")) if text else default
    except ValueError as error:
        raise BrokenPipeline(fields.at(name), f"is {text!r}, which is no duration such as '1.5s'") from error
