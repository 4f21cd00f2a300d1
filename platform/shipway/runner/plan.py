"""How a container of the compiled pipeline is run on this machine."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from shipway.errors import ContractError
from shipway.runner.runs_on import installed_versions, normal
from shipway.runner.spec import Container
from shipway.runner.step_facts import StepFacts, step_reference

LIGHT, OWN, HEAVY = "light", "own", "heavy"
"""Which zygote a task is forked from: steps of the platform, whose modules take milliseconds; modules of the user and
Kubeflow's own executor; and steps that declare modules to preload."""
PYTHON_COMPONENT = "kfp.dsl.executor_main"
REQUIREMENT = re.compile(r"^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?:(==|===)\s*([\w.+!-]+))?")
INSTALLED_BY_KFP = frozenset({"kfp", "typing-extensions"})


class NeedsCluster(ContractError):
    """A container whose program this machine does not have."""

    def __init__(self, task: str, image: str, command: str) -> None:
        what = f"the command {command!r} is not installed here" if command else "it names no command of its own"
        super().__init__(
            f"Task {task!r} runs the image {image!r} and needs a cluster: {what}; run the pipeline in Kubeflow, or "
            "install the command."
        )


class NeedsPackages(ContractError):
    """A lightweight Python component that installs packages, which a shared environment must not do."""

    def __init__(self, task: str, packages: list[str]) -> None:
        super().__init__(
            f"Task {task!r} wants {', '.join(packages)} installed, which this environment lacks: install it here "
            "(uv pip install ...), or run the pipeline in Kubeflow."
        )


@dataclass(frozen=True)
class Plan:
    """`kind` is one of `jobs.JOBS`; the process is forked from `zygote` once `modules` are imported there."""

    kind: str
    label: str
    zygote: str
    modules: tuple[str, ...] = ()
    timeout: float = 0.0
    facts: StepFacts | None = None
    source: str = ""
    function: str = ""


def plan_container(task: str, container: Container, steps: Mapping[str, StepFacts]) -> Plan:
    """Decide how to run a container. Raises `NeedsCluster` and `NeedsPackages`."""
    reference = step_reference(container)
    if reference in steps:
        return _step_plan(steps[reference], container)
    if any(PYTHON_COMPONENT in part for part in container.command):
        return _function_plan(task, container)
    program = container.command[0] if container.command else ""
    if not program or ("{{$" not in program and shutil.which(program) is None):
        raise NeedsCluster(task, container.image, program)
    return Plan("command", f"container.{container.label.removeprefix('exec-')}", LIGHT, timeout=container.timeout)


def _step_plan(facts: StepFacts, container: Container) -> Plan:
    modules = facts.preload if facts.built_in else (*facts.preload, facts.module)
    zygote = HEAVY if facts.preload else LIGHT if facts.built_in else OWN
    timeout = container.timeout
    if facts.timeout_seconds and timeout in (0, max(1, round(facts.timeout_seconds))):
        timeout = facts.timeout_seconds  # the compiled pipeline carries whole seconds alone
    return Plan("step", facts.reference, zygote, modules, timeout, facts)


def _function_plan(task: str, container: Container) -> Plan:
    """The component's source is the last part of its command; packages it would install must be here already."""
    source, flags = container.command[-1], container.arguments
    if "def " not in source or "--function_to_execute" not in flags:
        raise NeedsCluster(task, container.image, PYTHON_COMPONENT)
    missing = [wanted for part in container.command for wanted in _requirements(part) if not _is_installed(wanted)]
    if missing:
        raise NeedsPackages(task, missing)
    function = flags[flags.index("--function_to_execute") + 1]
    label = f"function.{function}"
    return Plan("function", label, OWN, (PYTHON_COMPONENT,), container.timeout, source=source, function=function)


def _requirements(script: str) -> list[str]:
    """What a bootstrap script would install with pip."""
    if "pip install" not in script:
        return []
    found: list[str] = []
    for command in re.findall(r"pip install ((?:(?!&&).)*)", script, re.S):
        words = [word for word in shlex.split(command) if not word.startswith("-")]
        found += [word for word in words if normal(_name(word)) not in INSTALLED_BY_KFP]
    return found


def _name(requirement: str) -> str:
    match = REQUIREMENT.match(requirement)
    return match[1] if match else requirement


def _is_installed(requirement: str) -> bool:
    """Whether the package is here, and in the very version where one is pinned."""
    match = REQUIREMENT.match(requirement)
    if match is None:
        return False
    installed = installed_versions().get(normal(match[1]))
    return installed is not None and (not match[3] or match[3] == installed)
