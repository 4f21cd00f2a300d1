"""What a person sees while a run goes on: a live table on a terminal, plain lines elsewhere.

Both write to standard error, so that standard output holds the report, or the one JSON object, alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO

from shipway.runner import SKIPPED, RunObserver, TaskResult

FRAMES_PER_SECOND = 8
PLAIN_PROGRESS_SECONDS = 5.0
WAITING, RUNNING = "waiting", "running"


class RunView(RunObserver):
    """An observer that may hold on to the terminal."""

    def task_waits(self, name: str, sentence: str) -> None:
        """The task could begin, and something keeps it from that."""

    def close(self) -> None:
        """Give the terminal back, however the run ended."""


def view_of_run(stream: TextIO = sys.stderr) -> RunView:
    """The view that fits the stream."""
    return LiveView() if stream.isatty() else PlainView(stream)


class PlainView(RunView):
    """A line for every task that starts, ends or has been at work for a while."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._clock = _Clock()
        self._said: dict[str, float] = {}

    def run_started(self, run_id: str, pipeline: str, tasks: Sequence[str]) -> None:
        count = f": {len(tasks)} {'step' if len(tasks) == 1 else 'steps'}" if tasks else ""
        self._say(f"run {run_id} of pipeline {pipeline}{count}")

    def task_started(self, name: str, attempt: int) -> None:
        self._clock.start(name)
        self._said[name] = time.monotonic()
        self._say(f"{name}: started" + (f", attempt {attempt}" if attempt > 1 else ""))

    def task_waits(self, name: str, sentence: str) -> None:
        self._say(f"{name}: waits: {sentence}")

    def task_progress(self, name: str, rows: int) -> None:
        self._clock.rows[name] = rows
        if time.monotonic() - self._said.get(name, 0.0) >= PLAIN_PROGRESS_SECONDS:
            self._said[name] = time.monotonic()
            self._say(f"{name}: {self._clock.rate(name)}")

    def task_retried(self, name: str, attempt: int, sentence: str, pause: float) -> None:
        self._say(f"{name}: attempt {attempt} failed, the next one begins in {pause:.0f} s: {sentence}")

    def task_finished(self, result: TaskResult) -> None:
        if result.state == SKIPPED:
            return
        rate = self._clock.rate(result.name)
        facts = [outcome(result), f"{result.seconds:.1f} s", rate, "" if result.cached else result.sentence]
        self._say(f"{result.name}: {', '.join(fact for fact in facts if fact)}")

    def _say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class LiveView(RunView):
    """A table that is drawn anew several times a second."""

    def __init__(self) -> None:
        self._clock = _Clock()
        self._states: dict[str, str] = {}
        self._results: dict[str, TaskResult] = {}
        self._live: Any = None
        self._title = ""

    def run_started(self, run_id: str, pipeline: str, tasks: Sequence[str]) -> None:
        from rich.console import Console
        from rich.live import Live

        self._title = f"{pipeline}  {run_id}"
        self._states = dict.fromkeys(tasks, WAITING)
        self._live = Live(
            console=Console(stderr=True), refresh_per_second=FRAMES_PER_SECOND, get_renderable=self._table
        )  # fmt: skip
        self._live.start()

    def task_started(self, name: str, attempt: int) -> None:
        self._clock.start(name)
        self._states[name] = RUNNING if attempt == 1 else f"{RUNNING}, attempt {attempt}"

    def task_waits(self, name: str, sentence: str) -> None:
        self._states[name] = f"{WAITING}: {sentence}"

    def task_progress(self, name: str, rows: int) -> None:
        self._clock.rows[name] = rows

    def task_retried(self, name: str, attempt: int, sentence: str, pause: float) -> None:
        self._states[name] = f"attempt {attempt} failed, waiting"

    def task_finished(self, result: TaskResult) -> None:
        self._results[result.name] = result
        self._states[result.name] = outcome(result)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()

    def _table(self) -> Any:
        from rich.table import Table

        table = Table(title=self._title, title_justify="left", box=None, header_style="bold", pad_edge=False)
        for header, justify in (
            ("step", "left"),
            ("state", "left"),
            ("time", "right"),
            ("rows", "right"),
            ("", "right"),
        ):
            table.add_column(header, justify=justify)  # type: ignore[arg-type]
        for name, state in self._states.items():
            rows, speed = self._clock.rows_and_speed(name)
            table.add_row(name, f"[{_colour(state)}]{state}[/]", self._time(name), rows, speed)
        return table

    def _time(self, name: str) -> str:
        if name in self._results:
            return f"{self._results[name].seconds:.1f} s"
        return f"{self._clock.seconds(name):.1f} s" if self._states[name].startswith(RUNNING) else ""


class _Clock:
    """When tasks started and how many rows they have done."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._started: dict[str, float] = {}

    def start(self, name: str) -> None:
        self._started[name] = time.monotonic()
        self.rows.pop(name, None)

    def seconds(self, name: str) -> float:
        return time.monotonic() - self._started.get(name, time.monotonic())

    def rows_and_speed(self, name: str) -> tuple[str, str]:
        rows = self.rows.get(name)
        if not rows:
            return "", ""
        return f"{rows:,}", f"{rows / max(self.seconds(name), 1e-3):,.0f} rows/s"

    def rate(self, name: str) -> str:
        rows, speed = self.rows_and_speed(name)
        return f"{rows} rows, {speed}" if rows else ""


def outcome(result: TaskResult) -> str:
    """How a task ended, in one word."""
    return "cached" if result.cached else "done before" if result.restored else result.state.lower()


def _colour(state: str) -> str:
    if state.startswith(RUNNING):
        return "cyan"
    return {"succeeded": "green", "cached": "green", "done before": "green", "failed": "red"}.get(state, "dim")
