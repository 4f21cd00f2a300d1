"""What the exporter knows of a store: it takes news in, and fills the page with what follows from all of them."""

from __future__ import annotations

from shipway.exporter.blessings import Blessings
from shipway.exporter.bounds import Bounds
from shipway.exporter.evaluations import Evaluations
from shipway.exporter.pushes import Pushes
from shipway.exporter.runs import Runs
from shipway.exporter.sheet import Sheet
from shipway.exporter.sizes import Sizes
from shipway.exporter.spans import Spans
from shipway.exporter.steps import Steps
from shipway.exporter.subject import Made, Subject
from shipway.exporter.validations import Validations
from shipway.lineage.following import Attempt, Changes

CACHED, FAILED = "CACHED", "FAILED"


class Ledger:
    """The state of one store, in memory. What belongs to no pipeline (a foreign tool's) is passed over."""

    def __init__(self, quiet_ms: int) -> None:
        self._runs = Runs(quiet_ms)
        self._steps = Steps()
        self._validations = Validations()
        self._evaluations = Evaluations()
        sizes = Sizes()
        self._subjects: tuple[Subject, ...] = (
            Spans(),
            self._validations,
            self._evaluations,
            Blessings(),
            Pushes(),
            sizes,
        )
        self._told_of_evidence: tuple[Subject, ...] = (self._validations, self._evaluations, sizes)
        """What a failed step left is no data, no model and no verdict to act on, but it tells, and it takes room."""
        self._made: set[int] = set()
        self._bounds = Bounds()

    @property
    def unreadable_files(self) -> int:
        """Artifacts whose files could not be read, so far."""
        return self._validations.evidence.errors + self._evaluations.evidence.errors

    def take(self, changes: Changes) -> None:
        """Take news in; what is known already changes nothing."""
        for attempt in changes.attempts:
            if attempt.execution.pipeline and self._runs.attempt(attempt.execution):
                self._steps.attempt(attempt.execution)
                self._take_outputs(attempt)
        for artifact in changes.altered:
            for subject in self._subjects:
                subject.altered(artifact)
        for ends in changes.run_ends:
            if ends.pipeline:
                self._runs.ended(ends)

    def sheet(self, now_ms: int) -> Sheet:
        """A page with all that is known at a moment."""
        self._bounds.turn_page()
        sheet = Sheet(self._bounds)
        self._runs.settle(now_ms)
        self._runs.write(sheet)
        self._steps.write(sheet)
        for subject in self._subjects:
            subject.write(sheet)
        sheet.add("shipway_exporter_series_left_out", (), sheet.left_out)
        return sheet

    def _take_outputs(self, attempt: Attempt) -> None:
        """The first execution that puts an artifact out has made it; later ones were cached, or pass it on."""
        execution = attempt.execution
        subjects = self._told_of_evidence if execution.state == FAILED else self._subjects
        for key, artifacts in execution.outputs.items():
            for artifact in artifacts:
                is_new = artifact.id not in self._made
                self._made.add(artifact.id)
                if is_new or execution.state == CACHED:
                    made = Made(execution, artifact, key, is_new, attempt.input_ids)
                    for subject in subjects:
                        subject.made(made)
