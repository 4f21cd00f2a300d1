"""Functions and objects that stay what they are inside a pipeline.

Beam pickles every function when a transform is made, so that what a function refers to is copied; a traced graph cannot
be, and a list that collects results must not be. In one process a reference is enough.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any


class ByReference:
    """Instances pickle to themselves, within this process and while they are alive."""

    def __reduce__(self) -> tuple[Callable[[int], ByReference], tuple[int]]:
        _pickled[id(self)] = self
        return _find, (id(self),)


class LocalFunction(ByReference):
    """Wraps a function of positional arguments, with all that it refers to."""

    def __init__(self, function: Callable[..., Any]):
        self._function = function

    def __call__(self, *args: Any) -> Any:
        return self._function(*args)


_pickled: weakref.WeakValueDictionary[int, ByReference] = weakref.WeakValueDictionary()


def _find(key: int) -> ByReference:
    return _pickled[key]
