"""The cache key of a task: whatever its result depends on, as one sha256.

The step's code and the versions of what it imports, its parameters (of a module file, what is in it and not where it
lies), the content of its input artifacts with their recorded properties, and what it reads beside them.
"""

from __future__ import annotations

import hashlib
import json
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shipway.errors import ShipwayError, StepError, in_one_line
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


class ReadsFailed(StepError):
    """A step's own function that says what it reads beside its inputs broke."""

    def __init__(self, reference: str, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        super().__init__(
            f"Step {reference!r} cannot say what it reads beside its inputs: {in_one_line(error)} in line "
            f"{frames[-1].lineno} of {frames[-1].filename}."
        )


def cache_key(node: Node, plan: Plan, code: CodeDigests, surroundings: Mapping[str, Any]) -> str:
    """The key of a task that is about to run.

    `surroundings` is what a step's `reads` may ask for by name beside the step's own parameters and inputs. Raises what
    looking at its module files raises, what `reads` raises, and `ReadsFailed` when that is no sentence.
    """
    container = node.component.body
    assert isinstance(container, Container)
    facts: dict[str, Any] = {
        "scheme": SCHEME,
        "inputs": {name: [_artifact(a) for a in listed] for name, listed in node.inputs.artifacts.items()},
        "environment": dict(container.environment),
        "own_key": node.task.cache_key,
        **(_step(node, plan.facts, code, surroundings) if plan.facts else _container(node, container)),
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


def _step(node: Node, facts: StepFacts, code: CodeDigests, surroundings: Mapping[str, Any]) -> dict[str, Any]:
    from shipway.step.module_file import check_syntax, find_module

    own = code.of(Path(facts.source))
    runs_on = set(own.runs_on)
    hidden = {name + DIGEST_SUFFIX for name in facts.module_files}
    parameters = {name: value for name, value in node.inputs.parameters.items() if name not in hidden}
    for name in facts.module_files:
        if parameters.get(name):
            check_syntax(parameters[name])
            module = code.of(find_module(parameters[name]))
            parameters[name] = module.digest
            runs_on.update(module.runs_on)
    return {
        "step": facts.reference,
        "code": own.digest,
        "runs_on": versions(sorted(runs_on)),
        "parameters": parameters,
        "reads": _reads(node, facts.reference, surroundings) if facts.reads else "",
    }


def _reads(node: Node, reference: str, surroundings: Mapping[str, Any]) -> str:
    """The step's own fingerprint of what it reads beside its inputs; it takes what it wants by name."""
    import inspect

    from shipway.step import load_step
    from shipway.step.executor_input import read_call

    step = load_step(reference)
    assert step.reads is not None
    call = read_call(step, executor_input(node, Path("pipeline/run/task/attempt")))
    offered = {**surroundings, **call.parameters, **call.inputs}
    wanted = inspect.signature(step.reads).parameters
    if not any(one.kind is inspect.Parameter.VAR_KEYWORD for one in wanted.values()):
        offered = {name: value for name, value in offered.items() if name in wanted}
    try:
        return str(step.reads(**offered))
    except ShipwayError:
        raise
    except Exception as error:
        raise ReadsFailed(reference, error) from error
