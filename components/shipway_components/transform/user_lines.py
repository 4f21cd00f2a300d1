"""Which line of the user's module made the node of a graph that failed.

A graph that was cut or loaded no longer knows where its nodes came from, but they keep the names that they had when the
preprocessing function was traced.
"""

from __future__ import annotations

import re
from typing import Any


class UserLines:
    """Looks nodes up in the graph that was traced from the user's module."""

    def __init__(self, traced: Any, module_file: str):
        self.module_file = module_file
        self._traced = traced

    def of(self, error: BaseException) -> int | None:
        """The line that made the node named in TensorFlow's message, or None when it is not one of the user's."""
        for name in re.findall(r"\{\{(?:function_)?node ([^}]+)\}\}", str(error)):
            for operation in self._operations(name):
                lines = [frame.lineno for frame in operation.traceback if frame.filename == self.module_file]
                if lines:
                    return int(lines[-1])
        return None

    def _operations(self, name: str) -> list[Any]:
        """The node of that name; in a message it may stand behind the names of the functions that called it."""
        parts = name.split("/")
        found = []
        for start in range(len(parts)):
            try:
                found.append(self._traced.get_operation_by_name("/".join(parts[start:])))
            except (KeyError, ValueError):
                continue
        return found
