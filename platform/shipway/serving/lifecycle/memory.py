"""Keeping the garbage collector from holding up requests, and giving memory back when a version has gone.

A full collection looks at every object there is and lets no other code run meanwhile: with TensorFlow imported that is
150 ms. What was imported never becomes garbage, so it is put out of the collector's sight before the first version is
loaded; a collection after a swap then takes 1 ms, and frees the graph of the old version, which is full of cycles.
"""

from __future__ import annotations

import ctypes
import gc
from functools import cache
from typing import Any


@cache
def freeze_imports_of(platform: str) -> None:
    """Put everything that exists now out of the collector's sight, once in a process for each framework, when it is
    imported and no version of it is loaded yet."""
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Collect what a version has left behind, and return the memory to the machine. Not for the event loop."""
    gc.collect()
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Any:
    """glibc's, None in another C library; called through ctypes it lets the event loop run."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
