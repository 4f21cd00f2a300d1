"""A compiled pipeline is read strictly: what the runner cannot honour is refused by the name of its field."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shipway.errors import ShipwayError
from shipway.runner import CompiledPipeline
from shipway.runner.fields import BrokenPipeline, UnsupportedField
from shipway.runner.spec import Constant, Container, Loop, Retry, ScopeInput, TaskOutput, flow_order
from shipway.runner.spec_reader import read_spec


@pytest.fixture
def spec(compiled: Callable[[str], CompiledPipeline]) -> dict[str, Any]:
    """The compiled JSON of a pipeline of two steps."""
    return copy.deepcopy(dict(compiled("chain").record["spec"]))


def set_at(spec: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split("/")
    for part in parents:
        spec = spec.setdefault(part, {})
    spec[last] = value


@pytest.mark.parametrize(
    ("path", "value", "kind", "sentence"),
    [
        ("root/dag/tasks/read/podSpec", {"a": 1}, UnsupportedField, "field root.dag.tasks.read.podSpec of"),
        (
            "root/dag/tasks/read/triggerPolicy/strategy",
            "LATER",
            UnsupportedField,
            r"triggerPolicy.strategy \('LATER'\)",
        ),
        (
            "root/dag/tasks/read/inputs/parameters/prefix",
            {"runtimeValue": {"runtimeParameter": "x"}},
            UnsupportedField,
            "root.dag.tasks.read.inputs.parameters.prefix.runtimeValue.runtimeParameter",
        ),
        (
            "root/dag/tasks/read/inputs/parameters/prefix",
            {"componentInputParameter": "text", "parameterExpressionSelector": "size(string_value)"},
            UnsupportedField,
            "parameterExpressionSelector",
        ),
        (
            "root/dag/tasks/read/parameterIterator",
            {"itemInput": "x", "items": {"raw": "[1]"}},
            UnsupportedField,
            "ParallelFor",
        ),
        (
            "deploymentSpec/executors/exec-read",
            {"resolver": {"x": 1}},
            UnsupportedField,
            "executors.exec-read.resolver",
        ),
        ("deploymentSpec/executors/exec-read/container/lifecycle", {"a": {}}, UnsupportedField, "container.lifecycle"),
        (
            "components/comp-read/inputDefinitions/parameters/prefix/parameterType",
            "TASK_CONFIG",
            UnsupportedField,
            "CONF",
        ),
        ("schemaVersion", "3.0.0", UnsupportedField, r"schemaVersion \('3.0.0'\)"),
        ("root/dag/tasks/read/componentRef/name", "comp-lost", BrokenPipeline, "names 'comp-lost', which is missing"),
        ("root/dag/tasks/read/dependentTasks", ["lost"], BrokenPipeline, "waits for the task 'lost', which is missing"),
        ("root/dag/tasks/write/dependentTasks", ["read"], BrokenPipeline, "wait for each other: read, write"),
        ("root/dag/tasks/read/dependentTasks", "write", BrokenPipeline, "is 'write' where a list of texts belongs"),
        ("root/dag", [1], BrokenPipeline, r"root.dag is \[1\] where an object belongs"),
        ("components/comp-read/executorLabel", "lost", BrokenPipeline, "names 'lost', which deploymentSpec.executors"),
        ("root/dag/tasks/read/retryPolicy", {"maxRetryCount": 1, "backoffDuration": "soon"}, BrokenPipeline, "'soon'"),
    ],
)
def test_what_cannot_be_honoured_is_refused(
    spec: dict[str, Any], path: str, value: Any, kind: type[ShipwayError], sentence: str
) -> None:
    set_at(spec, path, value)
    with pytest.raises(kind, match=sentence) as caught:
        read_spec(spec)
    assert "\n" not in str(caught.value)


def pod(**options: Any) -> dict[str, Any]:
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": {"exec-read": options}}}}}


def test_what_only_places_a_pod_means_nothing_here(spec: dict[str, Any]) -> None:
    platform = pod(nodeSelector={"labels": {"a": "b"}}, tolerations=[{}], activeDeadlineSeconds="90")
    container = read_spec(spec, platform).components["comp-read"].body
    assert isinstance(container, Container)
    assert container.timeout == 90.0


def test_variables_and_mounts_are_honoured_where_this_machine_has_them(
    spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = pod(secretAsEnv=[{"secretName": "s", "keyToEnv": [{"secretKey": "k", "envVar": "SPEC_READER_TOKEN"}]}])
    with pytest.raises(UnsupportedField, match=r"keyToEnv\[0\] \('SPEC_READER_TOKEN'\).*set the environment variable"):
        read_spec(spec, secret)
    monkeypatch.setenv("SPEC_READER_TOKEN", "x")
    read_spec(spec, secret)
    read_spec(spec, pod(pvcMount=[{"mountPath": "/tmp"}]))
    with pytest.raises(UnsupportedField, match=r"pvcMount\[0\] \('/no/such/mount'\)"):
        read_spec(spec, pod(pvcMount=[{"mountPath": "/no/such/mount"}]))
    with pytest.raises(UnsupportedField, match=r"exec-read\.hostNetwork"):
        read_spec(spec, pod(hostNetwork=True))


def test_tasks_as_kfp_compiles_them(compiled: Callable[[str], CompiledPipeline]) -> None:
    chain = compiled("chain").spec
    tasks = chain.dag(chain.root).tasks
    assert tasks["write"].parameters["text"].source == ScopeInput("text")
    assert tasks["read"].parameters["prefix"].source == Constant("got ")
    assert tasks["read"].artifacts["files"] == TaskOutput("write", "files")
    assert [task.name for task in flow_order(tasks)] == ["write", "read"]
    retries = compiled("retries").spec
    assert retries.dag(retries.root).tasks["flaky"].retry == Retry(2, 1.0, 2.0, 60.0)
    loops = compiled("loops").spec
    assert Loop("pipelinechannel--loop-item-param-1", False, ("1", "2"), "", 1) in [
        task.loop for task in loops.dag(loops.root).tasks.values()
    ]
