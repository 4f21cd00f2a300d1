"""Which installed distributions a piece of source runs on, and their versions: part of the cache key.

Only packages that the source imports count, directly or inside its functions; so an unrelated package that is added to
the environment costs nobody a cached result. The versions are read off the names of the `.dist-info` folders, which
takes a millisecond where `importlib.metadata` takes a hundred.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from shipway.step.source import IMPORT, NAME

DIST_INFO = re.compile(r"(.+?)-([^-]+)\.dist-info")
OWN = ("shipway",)
OTHER_NAMES = {
    "PIL": "pillow",
    "absl": "absl-py",
    "celpy": "cel-python",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "google": "protobuf",
    "sklearn": "scikit-learn",
    "tensorflow_serving": "tensorflow-serving-api",
    "yaml": "pyyaml",
}
"""Modules that are not called as the distribution they come from; those that are missing here cost a slow look-up."""


def distributions_of(files: Iterable[Path]) -> tuple[str, ...]:
    """The installed distributions that provide what the source files import."""
    modules = {name for file in files for name in _imported_names(file)} - set(sys.stdlib_module_names)
    found = {name for module in modules if not module.startswith(OWN) for name in _providers(module)}
    return tuple(sorted(found))


def versions(distributions: Iterable[str]) -> dict[str, str]:
    """Their installed versions, and Python's; what is not installed is left out."""
    installed = installed_versions()
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        **{n: installed[n] for n in distributions if n in installed},
    }


@functools.cache
def installed_versions() -> dict[str, str]:
    """The versions of everything on the search path, by normalised name; the first folder that has it wins."""
    found: dict[str, str] = {}
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if match := DIST_INFO.fullmatch(name):
                found.setdefault(normal(match[1]), match[2])
    return found


@functools.cache
def _providers(module: str) -> frozenset[str]:
    """The distributions of a top-level module; none for what is not installed, or no module at all."""
    name = normal(OTHER_NAMES.get(module, module))
    if name in installed_versions():
        return frozenset([name])
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return frozenset()
    if spec is None or "site-packages" not in str(spec.origin or spec.submodule_search_locations):
        return frozenset()
    from importlib.metadata import packages_distributions

    return frozenset(normal(one) for one in packages_distributions().get(module, ()))


def normal(name: str) -> str:
    """A distribution's name as package indices compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported_names(file: Path) -> set[str]:
    text = file.read_text(encoding="utf-8", errors="replace")
    found: set[str] = set()
    for source, _, plain in IMPORT.findall(text):
        names = NAME.findall(plain) if plain else [source] if not source.startswith(".") else []
        found.update(name.partition(".")[0] for name in names)
    return found
