"""The cache key of a task: whatever its result depends on, as one sha256.

The step's code and the versions of what it imports, its parameters (of a module file, what is in it and not where it
lies), the content of its input artifacts with their recorded properties, and what it reads beside them.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from shipway.runner.code_digests import CodeDigests
from shipway.runner.invocation import executor_input
from shipway.runner.outputs import UNRESOLVED, ArtifactValue
from shipway.runner.plan import Plan
from shipway.runner.runs_on import versions
from shipway.runner.scope import Node
from shipway.runner.spec import Container
from shipway.runner.step_facts import StepFacts

SCHEME = 1
DIGEST_SUFFIX = "_digest"
"""Of the parameter that carries a module file's digest in a cluster; here the file itself is looked at."""


def cache_key(node: Node, plan: Plan, code: CodeDigests, lineage: Any) -> str:
    """The key of a task that is about to run.

    Raises what looking at its module files raises, and what the step's `reads` raises.
    """
    container = node.component.body
    assert isinstance(container, Container)
    facts: dict[str, Any] = {
        "scheme": SCHEME,
        "inputs": {name: [_artifact(a) for a in listed] for name, listed in node.inputs.artifacts.items()},
        "environment": dict(container.environment),
        "own_key": node.task.cache_key,
        **(_step(node, plan.facts, code, lineage) if plan.facts else _container(node, container)),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _artifact(artifact: ArtifactValue) -> list[Any]:
    content = artifact.digest or artifact.uri if artifact.resolved else UNRESOLVED
    metadata = artifact.metadata if artifact.resolved else {}
    return [artifact.type_name, content, dict(metadata)]


def _container(node: Node, container: Container) -> dict[str, Any]:
    return {
        "image": container.image,
        "command": [*container.command, *container.arguments],
        "parameters": dict(node.inputs.parameters),
        "outputs": [*node.component.output_parameters, *node.component.output_artifacts],
    }


def _step(node: Node, facts: StepFacts, code: CodeDigests, lineage: Any) -> dict[str, Any]:
    from shipway.step import find_module

    own = code.of(Path(facts.source))
    runs_on = set(own.runs_on)
    hidden = {name + DIGEST_SUFFIX for name in facts.module_files}
    parameters = {name: value for name, value in node.inputs.parameters.items() if name not in hidden}
    for name in facts.module_files:
        if parameters.get(name):
            module = code.of(find_module(parameters[name]))
            parameters[name] = module.digest
            runs_on.update(module.runs_on)
    return {
        "step": facts.reference,
        "code": own.digest,
        "runs_on": versions(sorted(runs_on)),
        "parameters": parameters,
        "reads": _reads(node, facts.reference, lineage) if facts.reads else "",
    }


def _reads(node: Node, reference: str, lineage: Any) -> str:
    """The step's own fingerprint of what it reads beside its inputs; it takes what it wants by name."""
    import inspect

    from shipway.step import load_step
    from shipway.step.executor_input import read_call

    step = load_step(reference)
    assert step.reads is not None
    call = read_call(step, executor_input(node, Path("pipeline/run/task/attempt")))
    offered = {**call.parameters, **call.inputs, "lineage": lineage}
    wanted = inspect.signature(step.reads).parameters
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in wanted.values()):
        return str(step.reads(**offered))
    return str(step.reads(**{name: offered[name] for name in wanted if name in offered}))
