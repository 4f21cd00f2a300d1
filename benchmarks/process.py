"""Running one command and measuring it: wall time, and the memory of its whole process tree."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.25
FIRST_SAMPLES_SECONDS = 0.03
"""Looking is work too, so a long command is looked at more rarely than a short one."""

FIRST_SAMPLES = 20
KIB_PER_MIB = 1024

PROPORTIONAL, ANONYMOUS = "Pss", "Anonymous"
"""Memory as Linux counts it: with a share of the pages that other processes have too, or only what is no file's."""


@dataclass(frozen=True)
class Measured:
    """One finished command: `seconds` of wall time, `peak_mib` of proportional memory over the tree, last line."""

    seconds: float
    peak_mib: float
    last_line: str


def measure(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Measured:
    """Run `command` to its end; raises `CalledProcessError` with its output when it fails.

    Memory is the proportional set size summed over the tree, so that pages which forked children share with their
    parent count once. It is sampled: a peak shorter than a quarter of a second can be missed.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
        cwd=cwd,
    )
    sampler = _MemorySampler(process.pid)
    sampler.start()
    output, errors = process.communicate()
    seconds = time.perf_counter() - started
    sampler.stop()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output, errors)
    lines = output.strip().splitlines()
    return Measured(seconds, sampler.peak_mib, lines[-1] if lines else "")


def tree_mib(pid: int, kind: str = PROPORTIONAL) -> float:
    """Memory of a process and all its descendants, now; 0 when it is gone."""
    return sum(_kib(one, kind) for one in _tree(pid)) / KIB_PER_MIB


class _MemorySampler(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak_mib = 0.0
        self._done = threading.Event()

    def run(self) -> None:
        looks = 0
        while not self._done.wait(FIRST_SAMPLES_SECONDS if looks < FIRST_SAMPLES else SAMPLE_SECONDS):
            looks += 1
            self.peak_mib = max(self.peak_mib, tree_mib(self.pid))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _tree(root: int) -> list[int]:
    """The process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(parents.get(pid, ()))
    return found


def _kib(pid: int, kind: str) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{kind}:")), 0)
