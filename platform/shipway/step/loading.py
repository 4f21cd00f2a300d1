"""From a step's reference, as it stands in a compiled pipeline, back to the declared step."""

from __future__ import annotations

import importlib.util

from shipway.errors import ContractError, ModuleFileError, in_one_line
from shipway.step.step import Step
from shipway.step.user_code import import_current


class UnknownStep(ContractError):
    """No step answers to a reference."""

    def __init__(self, reference: str, problem: str) -> None:
        super().__init__(f"Step {reference!r} cannot be loaded: {problem}; 'shipway steps' lists what there is.")


def load_step(reference: str) -> Step:
    """Find the step of `package.step`: a module with a step of its own last name, or a step inside a module.

    Raises `UnknownStep` when there is none, `ModuleFileError` when its module cannot be imported.
    """
    module_name, _, name = reference.rpartition(".")
    there = [candidate for candidate in (reference, module_name) if candidate and _exists(candidate)]
    for candidate in there:
        found = getattr(_import(candidate), name, None)
        if isinstance(found, Step):
            return found
    if not there:
        raise UnknownStep(reference, f"no module {module_name or reference!r} is found, put its file (back) in place")
    raise UnknownStep(reference, f"neither the module {reference!r} nor {module_name!r} declares a step {name!r}")


def _exists(module_name: str) -> bool:
    try:
        return importlib.util.find_spec(module_name) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def _import(module_name: str) -> object:
    try:
        return import_current(module_name)
    except Exception as error:
        raise ModuleFileError(f"Module {module_name!r} cannot be imported: {in_one_line(error)}.") from error
