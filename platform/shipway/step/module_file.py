"""Loading the user's module file, from a path or a dotted name, with one clear sentence for what can go wrong."""

from __future__ import annotations

import importlib.util
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from shipway.errors import ModuleFileError, in_one_line
from shipway.step.source import source_digest
from shipway.step.user_code import import_current, leave_no_bytecode


class ModuleNotFound(ModuleFileError):
    """Nothing lies where the module file should be."""

    def __init__(self, module_file: str) -> None:
        super().__init__(
            f"Module file {module_file!r} was not found: give the path of a .py file (relative paths start at the "
            "current folder or the pipeline's), or the dotted name of an importable module."
        )


class ModuleBroken(ModuleFileError):
    """The module file cannot be imported."""

    def __init__(self, module_file: str, error: BaseException) -> None:
        super().__init__(f"Module file {module_file!r} cannot be loaded: {_where(error)}.")


class FunctionMissing(ModuleFileError):
    """The module file lacks the function that a step calls."""

    def __init__(self, module_file: str, name: str, functions: list[str]) -> None:
        there = f"it defines {', '.join(functions)}" if functions else "it defines no function"
        super().__init__(f"Module file {module_file!r} has no function {name!r} ({there}): add 'def {name}(...)'.")


def find_module(module_file: str) -> Path:
    """The source file of a module given as a path or a dotted name; raises `ModuleNotFound`."""
    if module_file.endswith(".py") or "/" in module_file:
        for folder in ("", *sys.path):
            path = Path(folder, module_file).expanduser()
            if path.is_file():
                return path.resolve()
        raise ModuleNotFound(module_file)
    try:
        spec = importlib.util.find_spec(module_file)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.origin:
        raise ModuleNotFound(module_file)
    return Path(spec.origin).resolve()


def module_digest(module_file: str) -> str:
    """The sha256 over the module and all files of the user's that it imports; raises what `check_syntax` raises."""
    check_syntax(module_file)
    return source_digest(find_module(module_file))


def check_syntax(module_file: str) -> None:
    """Raise `ModuleNotFound` or `ModuleBroken` for what needs no import, and with it no TensorFlow, to be seen."""
    path = find_module(module_file)
    if path.suffix != ".py":
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise ModuleBroken(module_file, error) from error


def load_module(module_file: str) -> ModuleType:
    """Import the module; raises `ModuleNotFound` or, with the line that fails, `ModuleBroken`."""
    path = find_module(module_file)
    is_path = module_file.endswith(".py") or "/" in module_file
    try:
        return _load_path(path) if is_path else import_current(module_file)
    except Exception as error:
        traceback.print_exc()
        raise ModuleBroken(module_file, error) from error


def require_function(module: ModuleType, name: str, module_file: str) -> Callable[..., Any]:
    """The function `name` of the module; raises `FunctionMissing`, naming the functions that are there."""
    function = getattr(module, name, None)
    if callable(function):
        return function
    functions = [key for key, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    raise FunctionMissing(module_file, name, functions)


def _load_path(path: Path) -> ModuleType:
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ModuleNotFound(str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    leave_no_bytecode()
    spec.loader.exec_module(module)
    return module


def _where(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg} in line {error.lineno} of {error.filename}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in line {frames[-1].lineno} of {frames[-1].filename}" if frames else ""
    return f"{in_one_line(error)}{place}"
