"""Following a run to its end. The run goes on while the server is away for a while, and so does the watch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shipway.kube.faults import KubeFault
from shipway.kube.pipelines.connection import PipelinesApi
from shipway.kube.pipelines.faults import LoginWanted, NotPipelines, PipelinesTrouble, PipelinesUnreachable
from shipway.kube.pipelines.records import CANCELLED, FAILED, ClusterRun, ClusterTask
from shipway.kube.pipelines.runs import find_run
from shipway.kube.pipelines.tasks import tasks_of
from shipway.kube.pipelines.workflow import read_workflow, was_terminated

POLL_SECONDS = 2.0
PATIENCE_SECONDS = 300.0
PASSING = (PipelinesUnreachable, NotPipelines, PipelinesTrouble, LoginWanted)
"""What may be over in a moment: a server that restarts, and a token that is written anew."""
State = tuple[ClusterRun, list[ClusterTask]]


class StillEnding(KubeFault):
    """A run that was told to end, and has not."""

    def __init__(self, run_id: str, seconds: float) -> None:
        super().__init__(
            f"Run {run_id} was told to end {seconds:.0f} s ago and has not: see what its pods do with "
            f"'kubectl get pods -A -l pipeline/runid={run_id}'."
        )


def read_run(api: PipelinesApi, run_id: str) -> State:
    """A run as it stands, and its tasks."""
    run = find_run(api, run_id)
    workflow = read_workflow(api, run.run_id)
    if run.state == FAILED and was_terminated(workflow):
        run = replace(run, state=CANCELLED)
    return run, tasks_of(run, workflow)


def follow_run(api: PipelinesApi, run_id: str) -> Iterator[State]:
    """How a run stands, again and again until it has ended; raises the fault of a server that stays away."""
    failing_since = 0.0
    while True:
        try:
            state = read_run(api, run_id)
        except PASSING:
            now = time.monotonic()
            failing_since = failing_since or now
            if now - failing_since >= PATIENCE_SECONDS:
                raise
        else:
            failing_since = 0.0
            yield state
            if _has_ended(*state):
                return
        time.sleep(POLL_SECONDS)


def wait_for_termination(api: PipelinesApi, run_id: str, seconds: float) -> ClusterRun:
    """The run once it has ended. Raises `StillEnding`."""
    until = time.monotonic() + seconds
    while True:
        run, _ = read_run(api, run_id)
        if run.is_final:
            return run
        if time.monotonic() >= until:
            raise StillEnding(run_id, seconds)
        time.sleep(POLL_SECONDS)


def _has_ended(run: ClusterRun, tasks: Sequence[ClusterTask]) -> bool:
    """The run's own state is written a moment before the last one of its tasks is."""
    return run.is_final and (run.state == CANCELLED or all(task.is_final for task in tasks))
