"""`shipway steps`: what can be wired into a pipeline, read from the declarations themselves.

Steps are found through the entry point group `shipway.steps`, so that another distribution's steps are listed too.
"""

from __future__ import annotations

import argparse
import importlib
import json
from importlib.metadata import entry_points
from typing import Any

from shipway.errors import UsageError
from shipway.step import Step

GROUP = "shipway.steps"


class NoSuchStep(UsageError):
    """A step was asked for by a name that no declared step has."""

    def __init__(self, name: str, names: list[str]) -> None:
        super().__init__(f"There is no step {name!r}: the steps are {', '.join(names)}.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("step", nargs="?", help="show this step's whole interface")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    steps = {step.name: step for step in installed_steps()}
    if options.step and options.step not in steps:
        raise NoSuchStep(options.step, list(steps))
    chosen = [steps[options.step]] if options.step else list(steps.values())
    if options.json:
        print(json.dumps([describe(step) for step in chosen], indent=2))
    elif options.step:
        _print_interface(chosen[0])
    else:
        for step in chosen:
            print(f"{step.name:<32}{step.summary}")
        print("\n'shipway steps STEP' shows what a step takes and gives.")
    return 0


def installed_steps() -> list[Step]:
    """Every step of every installed distribution that declares some, in the order of their declaration."""
    found: list[Step] = []
    for entry in entry_points(group=GROUP):
        module = importlib.import_module(entry.module)
        found.extend(getattr(module, entry.attr))
    return found


def describe(step: Step) -> dict[str, Any]:
    """A step's interface as plain data."""
    return {
        "name": step.name,
        "reference": step.reference,
        "summary": step.summary,
        "image": step.image,
        "cacheable": step.cacheable,
        "inputs": {
            name: {"type": _listed(spec.artifact_type.type_name, spec.is_list), "optional": spec.optional}
            for name, spec in step.inputs.items()
        },
        "outputs": {name: {"type": spec.artifact_type.type_name} for name, spec in step.outputs.items()},
        "parameters": {
            name: {"type": spec.kind.__name__, "required": spec.required, "default": spec.default}
            for name, spec in step.parameters.items()
        },
        "results": {name: kind.__name__ for name, kind in step.results.items()},
    }


def _listed(type_name: str, is_list: bool) -> str:
    return f"list of {type_name}" if is_list else type_name


def _print_interface(step: Step) -> None:
    facts = describe(step)
    print(f"{step.name}  ({step.reference}, image {step.image})\n\n{_docstring(step)}")
    for title, entries in (("Inputs", facts["inputs"]), ("Outputs", facts["outputs"])):
        if entries:
            print(f"\n{title}:")
        for name, entry in entries.items():
            print(f"  {name:<28}{entry['type']}{' (optional)' if entry.get('optional') else ''}")
    if facts["parameters"]:
        print("\nParameters:")
    for name, entry in facts["parameters"].items():
        default = "required" if entry["required"] else f"default {json.dumps(entry['default'])}"
        print(f"  {name:<28}{entry['type']}, {default}")
    if facts["results"]:
        print("\nOutput parameters:")
    for name, kind in facts["results"].items():
        print(f"  {name:<28}{kind}")


def _docstring(step: Step) -> str:
    import inspect

    return inspect.getdoc(step.function) or ""
