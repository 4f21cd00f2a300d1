"""Which source files a piece of code runs on, and their digest.

A cached result must not outlive a change of the code that made it, also when the change is in a module that the code
imports. So the digest follows imports, but only into the user's own files and into Shipway: the versions of installed
packages enter the cache key by number. Imports are found as text, which is a hundred times faster than parsing; a
match inside a docstring at worst counts a file too many.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import shipway
from shipway.artifacts import digest_file, digest_texts

IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)|import[ \t]+([^\n]+))", re.M)
NAME = re.compile(r"[A-Za-z_][\w.]*")
OWN_PREFIX = "shipway"
PLATFORM = os.path.dirname(os.path.abspath(shipway.__file__))
NOT_THE_STEP = tuple(os.path.join(PLATFORM, layer) + os.sep for layer in ("step", "lineage"))
"""The wrapper around a step is not what the step computes."""


def source_digest(path: Path) -> str:
    """The sha256 over `path` and every file of the user's or of Shipway's that it imports, directly or not."""
    files = sorted(source_closure(path.resolve()))
    return digest_texts(f"{file.name}\0{digest_file(file)}" for file in files)


def source_closure(path: Path) -> frozenset[Path]:
    """The file itself and all source files that it runs on."""
    seen: set[str] = set()
    waiting = [str(path)]
    while waiting:
        file = waiting.pop()
        if file not in seen and not file.startswith(NOT_THE_STEP):
            seen.add(file)
            waiting.extend(_imported_files(file, os.stat(file).st_mtime_ns, tuple(sys.path)))
    return frozenset(map(Path, seen))


@functools.lru_cache(maxsize=4096)
def _imported_files(file: str, _mtime_ns: int, search_path: tuple[str, ...]) -> tuple[str, ...]:
    text = Path(file).read_text(encoding="utf-8", errors="replace")
    folders = (_import_root(file), *_source_roots(search_path))
    return tuple({found for module, bases in _imports(file, text, folders) for found in _files_of(bases, module)})


def _imports(file: str, text: str, folders: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Dotted names that `text` imports, each with the folders that it may lie in."""
    for source, names, plain in IMPORT.findall(text):
        if plain:
            yield from ((name, folders) for name in NAME.findall(plain))
            continue
        package = source.lstrip(".")
        dots = len(source) - len(package)
        bases = (str(Path(file).parents[dots - 1]),) if dots else folders
        yield package, bases
        yield from ((f"{package}.{name}" if package else name, bases) for name in NAME.findall(names))


def _files_of(bases: tuple[str, ...], module: str) -> Iterator[str]:
    """The file of a dotted name, and the `__init__` of every package on the way to it."""
    parts = module.split(".")
    for base in bases:
        names = _listing(base)
        if parts[0] not in names and f"{parts[0]}.py" not in names:
            continue
        place = base
        for part in parts:
            place = os.path.join(place, part)
            for file in (os.path.join(place, "__init__.py"), f"{place}.py"):
                if os.path.isfile(file):
                    yield os.path.realpath(file)


@functools.lru_cache(maxsize=256)
def _listing(folder: str) -> frozenset[str]:
    """What can be imported from `folder`: of installed packages, Shipway's own alone."""
    try:
        names = os.listdir(folder)
    except OSError:
        return frozenset()
    if _is_installed(folder):
        names = [name for name in names if name.startswith(OWN_PREFIX)]
    return frozenset(names)


@functools.lru_cache(maxsize=16)
def _source_roots(search_path: tuple[str, ...]) -> tuple[str, ...]:
    library = os.path.realpath(sysconfig.get_path("stdlib"))
    folders = dict.fromkeys(os.path.realpath(folder or os.getcwd()) for folder in search_path)
    return tuple(f for f in folders if _is_installed(f) or (not f.startswith(library) and os.path.isdir(f)))


def _is_installed(folder: str) -> bool:
    return os.path.basename(folder) in ("site-packages", "dist-packages")


def _import_root(file: str) -> str:
    folder = os.path.dirname(file)
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder = os.path.dirname(folder)
    return folder
