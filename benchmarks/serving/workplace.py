"""What every part of a run shares: where the models and bodies are, and how long to measure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import HERE, QUIET

ANSWERS, BODIES = "answers.json", "bodies"
QUICK, SLOW = "quick", "slow"


@dataclass(frozen=True)
class Lengths:
    """Seconds and counts of a run; `QUICKLY` is for trying, not for figures to report."""

    rounds: int = 3
    seconds: float = 5
    limit_seconds: float = 3
    check_passes: int = 4
    swaps: int = 20
    swap_pace_seconds: float = 3
    steady_seconds: float = 15
    soak_seconds: float = 600
    overload_seconds: float = 60
    beside_overload_seconds: float = 10


QUICKLY = Lengths(
    rounds=1,
    seconds=2,
    limit_seconds=1,
    check_passes=1,
    swaps=4,
    steady_seconds=5,
    soak_seconds=30,
    overload_seconds=10,
    beside_overload_seconds=5,
)


@dataclass(frozen=True)
class Workplace:
    """A folder of models, bodies and servers' own folders; `mlserver_python` is None where no part asks MLServer."""

    folder: Path
    lengths: Lengths
    mlserver_python: Path | None = None

    @property
    def bodies(self) -> Path:
        return self.folder / BODIES

    @property
    def answers(self) -> Path:
        return self.folder / ANSWERS

    def base(self, model: str) -> Path:
        """The folder of a model's versions."""
        return self.folder / model

    def version(self, model: str) -> Path:
        """The SavedModel."""
        return self.folder / model / "1"

    def server_folder(self, name: str) -> Path:
        """A folder for one server's log and settings."""
        return self.folder / "servers" / name


def prepare(folder: Path) -> None:
    """Make the models, their answers and the bodies; raises `CalledProcessError`."""
    run_program("prepare.py", str(folder))


def run_program(name: str, *arguments: str) -> Any:
    """Run a program of this folder in a process of its own; returns the JSON of its last line, None without one."""
    command = [sys.executable, str(HERE / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=_quiet_environment(), cwd=HERE)
    if done.returncode:
        print(done.stderr[-3000:], file=sys.stderr)
        done.check_returncode()
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else None


def _quiet_environment() -> dict[str, str]:
    return {**os.environ, **QUIET}
