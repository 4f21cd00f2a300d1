"""What `shipway run TARGET` names: a pipeline that ships with Shipway, a module, a .py file or a compiled YAML."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from shipway.errors import UsageError
from shipway.runner.parameters import closest

PIPELINES = "shipway_pipelines"
COMPILED_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


class UnknownPipeline(UsageError):
    """A name that leads to no pipeline."""

    def __init__(self, text: str, known: list[str]) -> None:
        there = f"there are {', '.join(known)}" if known else "none ships with this installation"
        super().__init__(
            f"No pipeline {text!r} was found{closest(text, known)}: {there}; or give the path of a .py or .yaml file, "
            "or the dotted name of a module."
        )


class MissingFile(UsageError):
    """A path that leads to no file."""

    def __init__(self, path: str) -> None:
        super().__init__(f"There is no pipeline file {path!r}: check the path, relative to {str(Path.cwd())!r}.")


class NotAFile(UsageError):
    """A folder where a file should be."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path!r} is a folder: name the .py or .yaml file in it that holds the pipeline.")


class ShadowingName(UsageError):
    """A pipeline file that is called like a module of Python itself."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Pipeline file {str(path)!r} has the name of Python's own module {path.stem!r}: rename the file."
        )


@dataclass(frozen=True)
class Target:
    """A file that holds a pipeline. `module` is its dotted name, "" for a compiled one; `folder` is where that starts.

    `pipeline` picks one of several pipelines of a module ("file.py:name"); "" where there is only one.
    """

    text: str
    path: Path
    module: str = ""
    folder: str = ""
    pipeline: str = ""

    @property
    def compiled(self) -> bool:
        return not self.module


def resolve_target(text: str) -> Target:
    """Find the file behind a target without importing anything. Raises `UsageError`s."""
    name, _, pipeline = text.partition(":") if not Path(text).exists() else (text, "", "")
    path = Path(name).expanduser()
    if path.is_dir() and (path.suffix or "/" in name):
        raise NotAFile(name)
    if path.suffix in COMPILED_SUFFIXES or (path.is_file() and path.suffix != ".py"):
        if not path.is_file():
            raise MissingFile(text)
        return Target(text, path.resolve(), folder=str(path.resolve().parent))
    if path.suffix == ".py" or "/" in name:
        if not path.is_file():
            raise MissingFile(name)
        return _file_target(text, path.resolve(), pipeline)
    for candidate in (f"{PIPELINES}.{name}.pipeline", name):
        spec = _find(candidate)
        if spec is not None and spec.origin and spec.origin.endswith(".py"):
            return Target(text, Path(spec.origin), candidate, str(_root(Path(spec.origin), candidate)), pipeline)
    raise NotAFile(name) if path.is_dir() else UnknownPipeline(name, known_pipelines())


def known_pipelines() -> list[str]:
    """The pipelines that ship with Shipway, by their short names."""
    spec = _find(PIPELINES)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return sorted(file.parent.name for folder in folders for file in Path(folder).glob("*/pipeline.py"))


def _file_target(text: str, path: Path, pipeline: str) -> Target:
    """A file's module name starts at the outermost package around it."""
    folder, parts = path.parent, [path.stem]
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    if parts[0] in sys.stdlib_module_names:
        raise ShadowingName(path)
    return Target(text, path, ".".join(parts), str(folder), pipeline)


def _find(module: str) -> ModuleSpec | None:
    """The module's spec, looked up package by package, so that no package is imported on the way."""
    path: list[str] | None = [str(Path.cwd()), *sys.path]
    spec: ModuleSpec | None = None
    prefix = ""
    for part in module.split("."):
        if not part.isidentifier() or path is None:
            return None
        prefix = f"{prefix}.{part}" if prefix else part
        spec = PathFinder.find_spec(prefix, path)
        if spec is None:
            return None
        path = list(spec.submodule_search_locations) if spec.submodule_search_locations else None
    return spec


def _root(path: Path, module: str) -> Path:
    levels = module.count(".") + (path.name == "__init__.py")
    return path.parents[levels]
