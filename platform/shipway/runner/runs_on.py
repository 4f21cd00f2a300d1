"""Which installed distributions a piece of source runs on, and their versions: part of the cache key.

Only packages that the source imports count, directly or inside its functions; so an unrelated package that is added to
the environment costs nobody a cached result. The versions are read off the names of the `.dist-info` folders, which
takes a millisecond where `importlib.metadata` takes a hundred.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from pathlib import Path

from shipway.step.source import IMPORT, NAME, source_closure

DIST_INFO = re.compile(r"(.+?)-([^-]+)\.dist-info")
OWN = frozenset({"shipway", "shipway-components", "shipway-pipelines"})


def distributions_of(source: Path) -> tuple[str, ...]:
    """The distributions that provide what `source`, and the files of the same project that it imports, import."""
    from importlib.metadata import packages_distributions

    modules = {name for file in source_closure(source.resolve()) for name in _imported_names(file)}
    third_party = modules - set(sys.stdlib_module_names)
    providers = packages_distributions()
    found = {normal(name) for module in third_party for name in providers.get(module, ())}
    return tuple(sorted(found - OWN))


def versions(distributions: tuple[str, ...]) -> dict[str, str]:
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
