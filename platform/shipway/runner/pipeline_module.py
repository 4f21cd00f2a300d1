"""Finding and compiling the `@dsl.pipeline` of a module. kfp compiles it while the module is imported."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from shipway.errors import ModuleFileError, ShipwayError, UsageError, in_one_line
from shipway.runner.parameters import closest
from shipway.runner.targets import Target
from shipway.step.user_code import import_current


class BrokenModule(ModuleFileError):
    """A pipeline's module that cannot be imported."""

    def __init__(self, path: Path, error: BaseException) -> None:
        super().__init__(f"Pipeline file {str(path)!r} cannot be loaded: {_where(error, path)}.")


class NoPipeline(UsageError):
    """A module without a pipeline."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{str(path)!r} holds no pipeline: write a function with @dsl.pipeline in it.")


class SeveralPipelines(UsageError):
    """A module with pipelines of which none holds all the others."""

    def __init__(self, target: str, names: list[str]) -> None:
        super().__init__(
            f"{target!r} holds several pipelines ({', '.join(names)}): say which, as '{target}:{names[0]}'."
        )


class NoSuchPipeline(UsageError):
    """A module without the pipeline that was asked for."""

    def __init__(self, path: Path, name: str, names: list[str]) -> None:
        there = f"it holds {', '.join(names)}" if names else "it holds none"
        super().__init__(f"{str(path)!r} has no pipeline {name!r}{closest(name, names)}: {there}.")


def load_pipeline(target: Target) -> Any:
    """Import the module and find kfp's GraphComponent in it.

    Raises `BrokenModule` with the line at fault, `NoPipeline`, `SeveralPipelines`, `NoSuchPipeline`, or the
    `ShipwayError` that writing the pipeline raised (an artifact of the wrong type wired, say).
    """
    sys.path.insert(0, target.folder)
    try:
        module = import_current(target.module)
    except ShipwayError:
        raise
    except (Exception, SystemExit) as error:
        raise BrokenModule(target.path, error) from error
    return _choose(target, _pipelines(module))


def write_package(pipeline: Any, output: Path) -> None:
    """Compile to the YAML that Kubeflow Pipelines takes."""
    from kfp import compiler

    compiler.Compiler().compile(pipeline, str(output))


def _pipelines(module: ModuleType) -> dict[str, Any]:
    """The module's own pipelines by the names they are bound to; imported ones only where there are no own."""
    from kfp.dsl.graph_component import GraphComponent

    found = {name: value for name, value in vars(module).items() if isinstance(value, GraphComponent)}
    own = {name: one for name, one in found.items() if one.pipeline_func.__module__ == module.__name__}
    return own or found


def _choose(target: Target, found: dict[str, Any]) -> Any:
    """The pipeline that was named, or the one that is not part of another."""
    by_name = {**{one.name: one for one in found.values()}, **found}
    if target.pipeline:
        if target.pipeline not in by_name:
            raise NoSuchPipeline(target.path, target.pipeline, list(found))
        return by_name[target.pipeline]
    if not found:
        raise NoPipeline(target.path)
    outer = [name for name, one in found.items() if not any(_holds(o, one) for o in found.values() if o is not one)]
    if len(outer) != 1:
        raise SeveralPipelines(target.text, list(found))
    return found[outer[0]]


def _holds(outer: Any, inner: Any) -> bool:
    """Whether `inner` is a nested pipeline of `outer`: kfp names its component after it."""
    wanted = f"comp-{inner.name}"
    return any(
        name == wanted or name.startswith(wanted + "-")
        for name, component in outer.pipeline_spec.components.items()
        if component.HasField("dag")
    )


def _where(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg} in line {error.lineno} of {error.filename}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) == path]
    place = f" in line {lines[-1]}" if lines else ""
    return f"{in_one_line(error)}{place}"
