"""What somebody who follows a store is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shipway.lineage.records import RecordedArtifact, RecordedExecution


@dataclass(frozen=True)
class Attempt:
    """An execution; once it has ended, its `outputs` are filled and `input_ids` names its inputs by key.

    What a FAILED one has put out is evidence of why. Of one that was CANCELED no artifacts are told.
    """

    execution: RecordedExecution
    input_ids: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class RunEnds:
    """How a run stood each time that its runner let go of it: states with their times, milliseconds since the epoch.

    `is_live`: a watcher says that it goes on, and will say when it ends; `waiting` of its steps cannot begin.
    """

    pipeline: str
    run_id: str
    ends: Sequence[tuple[str, int]]
    is_live: bool = False
    waiting: int = 0


@dataclass(frozen=True)
class Changes:
    """A piece of news: `attempts` by rising id, `altered` artifacts (a state, a property), ends of runs."""

    attempts: Sequence[Attempt] = ()
    altered: Sequence[RecordedArtifact] = ()
    run_ends: Sequence[RunEnds] = ()
