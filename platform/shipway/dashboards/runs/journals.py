"""Runs as their folder in the home tells them. What is damaged is said, and what is left of it is read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from shipway.dashboards.rendering import count
from shipway.dashboards.runs.records import (
    CACHED,
    CANCELLED,
    FAILED,
    INTERRUPTED,
    RUNNING,
    SUCCEEDED,
    WAITING,
    ArtifactRef,
    Attempt,
    Run,
    Task,
)
from shipway.dashboards.runs.texts import mapping, moment, plain
from shipway.data.passwords import without_passwords
from shipway.runner.history import ENDED, NOTED, STARTED
from shipway.runner.home import Home
from shipway.runner.journal import read_journal
from shipway.runner.life import RUN_FINISHED, RUN_STARTED
from shipway.runner.run_store import JOURNAL, REQUEST
from shipway.runner.running import is_going_on


def is_run_folder(home: Home, run_id: str) -> bool:
    """Whether the home has a folder of that run, and not just a path that leads somewhere."""
    folder = home.runs / run_id
    if not run_id or "\0" in run_id or run_id[0] == "." or folder.parent != home.runs:
        return False
    try:
        return folder.is_dir()
    except OSError:  # a name that is too long for a file
        return False


def read_home_run(home: Home, run_id: str) -> Run | None:
    """The run as its journal tells it, None where the home does not have it. Never fails for what is in the files."""
    if not is_run_folder(home, run_id):
        return None
    folder = home.runs / run_id
    request, problems = read_request(folder)
    story = Story()
    try:
        story.read(read_journal(folder / JOURNAL))
    except OSError as error:
        problems.append(f"The journal {str(folder / JOURNAL)!r} cannot be read: {error.strerror}.")
    if not story.lives:
        problems.append(f"The journal {str(folder / JOURNAL)!r} is missing or empty.")
    if story.damaged:
        lines = count(story.damaged, "line")
        problems.append(f"{lines} of the journal {str(folder / JOURNAL)!r} could not be read.")
    state = story.state
    if state == RUNNING and not is_going_on(folder):
        state = INTERRUPTED
    return Run(
        run_id=run_id,
        pipeline=plain(request.get("pipeline", "")),
        state=state,
        started_ms=moment(request.get("started")) * 1000,
        seconds=story.seconds,
        life_began_ms=story.life_began * 1000,
        target=plain(request.get("target", "")),
        folder=plain(request.get("folder", "")),
        parameters=_shown(request.get("parameters")),
        tasks=story.tasks(state),
        problems=problems,
        in_lineage=False,
    )


def read_request(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """What the run was asked to do, and what is wrong with the file that says so."""
    path = folder / REQUEST
    try:
        request = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        request = None
    if isinstance(request, dict):
        return request, []
    return {}, [f"What the run was asked to do cannot be read: {str(path)!r} is missing or damaged."]


def _shown(parameters: Any) -> dict[str, Any]:
    if not isinstance(parameters, Mapping):
        return {}
    return {
        plain(name): without_passwords(plain(one)) if isinstance(one, str) else one for name, one in parameters.items()
    }


@dataclass
class Chapter:
    """What a journal says of one task."""

    name: str
    state: str = RUNNING
    facts: Mapping[str, Any] = field(default_factory=dict)
    starts: list[Attempt] = field(default_factory=list)
    at: float = 0.0


class Story:
    """A journal read from its beginning to its end. `lives`: how often the run was started or resumed."""

    def __init__(self) -> None:
        self.chapters: dict[str, Chapter] = {}
        self.state = RUNNING
        self.lives = 0
        self.damaged = 0
        self.life_began = 0.0
        self._before = 0.0
        self._last = 0.0

    @property
    def seconds(self) -> float:
        """The time that the run was worked on, over all its lives."""
        return self._before + max(0.0, self._last - self.life_began)

    def read(self, events: Iterable[Mapping[str, Any]]) -> None:
        for event in events:
            try:
                self._take(event)
            except (KeyError, TypeError, ValueError, AttributeError):
                self.damaged += 1

    def _take(self, event: Mapping[str, Any]) -> None:
        kind, at = event["event"], moment(event["at"])
        if not at:
            raise ValueError(event["at"])
        if kind == RUN_STARTED:
            self._before = self.seconds
            self.lives += 1
            self.state, self.life_began = RUNNING, at
        elif kind == RUN_FINISHED:
            self.state = plain(event["state"])
        elif kind == STARTED:
            chapter = self._chapter(event["task"])
            attempt = Attempt(int(event["attempt"]), RUNNING, at * 1000, execution_id=int(event["execution_id"]))
            if attempt.number == 1:
                chapter.starts.clear()
            chapter.starts.append(attempt)
            chapter.state, chapter.facts, chapter.at = RUNNING, {}, at
        elif kind in (ENDED, NOTED):
            chapter = self._chapter(event["task"])
            chapter.state, chapter.facts, chapter.at = plain(event["state"]), event, at
        self._last = at

    def _chapter(self, name: Any) -> Chapter:
        if not isinstance(name, str):
            raise TypeError(name)
        return self.chapters.setdefault(plain(name), Chapter(plain(name)))

    def tasks(self, run_state: str) -> list[Task]:
        """The last word on every task, in the order in which they were first heard of."""
        return [self._task(chapter, run_state) for chapter in self.chapters.values()]

    def _task(self, chapter: Chapter, run_state: str) -> Task:
        facts = chapter.facts
        state = self._task_state(chapter, run_state)
        ended = chapter.at * 1000 if facts else None
        seconds = moment(facts.get("seconds"))
        began = chapter.starts[0].began_ms if chapter.starts else ended and ended - seconds * 1000
        made, left = (mapping(facts.get(name)) for name in ("outputs", "evidence"))
        returned = made.get("parameters")
        return Task(
            name=chapter.name,
            state=state,
            seconds=seconds,
            sentence=plain(facts.get("sentence") or ""),
            step=plain(facts.get("step") or ""),
            began_ms=began,
            ended_ms=ended,
            restored=chapter.at < self.life_began or bool(facts.get("restored")),
            attempts=_attempts(chapter, state, ended),
            output_parameters=_shown(returned),
            outputs=[*_artifacts(made.get("artifacts")), *_artifacts(left.get("artifacts"))],
        )

    def _task_state(self, chapter: Chapter, run_state: str) -> str:
        if chapter.state == RUNNING and run_state != RUNNING:
            return INTERRUPTED if run_state == INTERRUPTED else CANCELLED
        if chapter.state == SUCCEEDED:
            return CACHED if chapter.facts.get("cached") else SUCCEEDED
        waits_again = run_state == RUNNING and chapter.at < self.life_began
        return WAITING if waits_again else chapter.state


def _attempts(chapter: Chapter, state: str, ended: float | None) -> list[Attempt]:
    """The tries of a task; each but the last ended, badly, before the next one began."""
    tries = chapter.starts
    earlier = [
        Attempt(one.number, FAILED, one.began_ms, after.began_ms, execution_id=one.execution_id)
        for one, after in pairwise(tries)
    ]
    sentence = plain(chapter.facts.get("sentence") or "")
    last = [Attempt(one.number, state, one.began_ms, ended, sentence, one.execution_id) for one in tries[-1:]]
    return earlier + last


def _artifacts(by_key: Any) -> Iterator[ArtifactRef]:
    for key, listed in by_key.items() if isinstance(by_key, Mapping) else ():
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, Mapping):
                metadata = one.get("metadata")
                yield ArtifactRef(
                    key=plain(key),
                    type_name=plain(one.get("type_name", "")),
                    uri=plain(one.get("uri", "")),
                    name=plain(one.get("name", "")),
                    metadata=metadata if isinstance(metadata, Mapping) else {},
                )
