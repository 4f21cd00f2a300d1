"""What a module imports, in the end: its own imports and those of every module of Shipway's that it comes to.

Imports inside functions count, since steps import there what is heavy; so an import that never runs counts too.
"""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ROOTS = {"shipway": "platform", "shipway_components": "components", "shipway_pipelines": "pipelines"}


def third_party_imports(module: str) -> dict[str, str]:
    """The dotted names of other people's modules, each with the module of ours that imports it."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        current = waiting.pop()
        path = _source(current)
        if current in seen or path is None:
            continue
        seen.add(current)
        if current.rpartition(".")[0]:
            waiting.append(current.rpartition(".")[0])
        for name in _imports(path):
            if name.partition(".")[0] in ROOTS:
                waiting.append(name)
            elif name.partition(".")[0] not in sys.stdlib_module_names:
                found.setdefault(name, current)
    return found


def package_of(name: str) -> set[str]:
    """The packages, by their normal names, any of which brings a module; empty where none does."""
    while name:
        if name in _packages_by_module():
            return _packages_by_module()[name]
        name = name.rpartition(".")[0]
    return set()


@functools.cache
def _packages_by_module() -> dict[str, set[str]]:
    """Every importable module and folder of modules, with the installed packages that bring it."""
    found: dict[str, set[str]] = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"].lower().replace("_", "-").replace(".", "-")
        for file in distribution.files or ():
            if file.suffix in (".py", ".so"):
                parts = [*file.parts[:-1], file.name.partition(".")[0]]
                found.setdefault(".".join(part for part in parts if part != "__init__"), set()).add(name)
    return found


@functools.cache
def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _source(module: str) -> Path | None:
    """The file of a module of ours; None for a name that is something in a module."""
    path = REPOSITORY / ROOTS[module.partition(".")[0]] / module.replace(".", "/")
    for candidate in (path / "__init__.py", path.with_suffix(".py")):
        if candidate.exists():
            return candidate
    return None
