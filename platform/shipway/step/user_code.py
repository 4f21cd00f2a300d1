"""Importing code that people edit, as it stands now.

Python takes a module's bytecode for current while the size of its source and the second of its last change are the
same. An edit that keeps both (a 5 for a 6, right after a run) would run as the old code, under the cache key of the
new one. So a process that imports the user's own files leaves no bytecode of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import sysconfig
from types import ModuleType

OWN_PREFIX = "shipway"
INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def import_current(name: str) -> ModuleType:
    """Import a module; from here on the process writes no bytecode if the module is the user's own."""
    if is_users(name):
        leave_no_bytecode()
    return importlib.import_module(name)


def leave_no_bytecode() -> None:
    """For a process that is about to import files of the user's."""
    sys.dont_write_bytecode = True


def is_users(name: str) -> bool:
    """Whether a module is neither installed, nor Python's, nor Shipway's."""
    top = name.partition(".")[0]
    if top in sys.builtin_module_names or top.startswith(OWN_PREFIX):
        return False
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return False
    if spec is None:
        return False
    origin = spec.origin or next(iter(spec.submodule_search_locations or ()), "")
    installed = any(part in origin + os.sep for part in INSTALLED)
    return bool(origin) and not installed and not origin.startswith(sysconfig.get_path("stdlib"))
