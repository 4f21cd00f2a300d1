"""Processes that die with their parent, also when it is killed with a signal that it cannot handle (Linux)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals, parent: int) -> None:
    """Ask the kernel to send `number` to this process when the thread that made it ends; `parent` is its process."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def kill_group(leader: int, number: signal.Signals) -> None:
    """Signal a whole process group, or its leader alone if that has not become one yet; ended ones are no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        try:
            os.killpg(leader, number)
        except ProcessLookupError:
            os.kill(leader, number)
