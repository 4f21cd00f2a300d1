"""Which files a process has read that are the user's or Shipway's: sources, but also a configuration read by one."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from typing import Any

SYSTEM = ("/proc/", "/sys/", "/dev/")


class OpenedFiles:
    """Listens to every file that Python opens for reading from now on, and knows every module imported before."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
        installed |= {sys.prefix, *site.getsitepackages()}
        self._installed = tuple(os.path.realpath(path) + os.sep for path in installed)
        sys.addaudithook(self._listen)

    def sources(self) -> set[str]:
        """Files outside the environment that were read, bytecode left out."""
        modules = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
        files = {os.path.realpath(path) for path in (*self._seen, *modules) if path}
        return {file for file in files if self._is_own(file)}

    def _listen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str) and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            self._seen.add(arguments[0])

    def _is_own(self, file: str) -> bool:
        if file.startswith((*SYSTEM, *self._installed)) or file.endswith((".pyc", ".answer")):
            return False
        return os.path.isfile(file)
