"""Runs: starting, listing, finding, retrying and terminating them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from shipway.errors import UsageError
from shipway.kube.faults import KubeFault
from shipway.kube.pipelines.connection import PipelinesApi, equals
from shipway.kube.pipelines.experiments import DEFAULT, experiment_id
from shipway.kube.pipelines.faults import NotThere, PipelinesTrouble
from shipway.kube.pipelines.names import AmbiguousName, UnknownName
from shipway.kube.pipelines.records import CANCELLED, CANCELLING, FAILED, FINAL, PENDING, RUNNING, ClusterRun
from shipway.kube.pipelines.versions import Version, find_pipeline, pipeline_names

STATES = {"CANCELING": CANCELLING, "CANCELED": CANCELLED, "RUNTIME_STATE_UNSPECIFIED": PENDING, None: PENDING}
"""States that Kubeflow Pipelines spells otherwise than we do."""
WORKFLOW_GONE = re.compile(r'workflows\.argoproj\.io "\S+" not found')
SEARCHED = 500
SHORTEST_PREFIX = 4
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotFailed(UsageError):
    """A retry of a run that has nothing to make good."""

    def __init__(self, run: ClusterRun) -> None:
        advice = (
            f"wait for its end with 'shipway runs show {run.run_id} --cluster'"
            if run.state not in FINAL
            else f"start another one with 'shipway submit {run.pipeline or 'PIPELINE'}'"
        )
        super().__init__(f"Run {run.run_id} is {run.state.lower()}, and only one that failed is retried: {advice}.")


class LostWorkflow(KubeFault):
    """A run that goes on in the list alone."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"Run {run_id} cannot be ended, because its workflow is gone and nothing of it runs any more: Kubeflow "
            "Pipelines lists it as running for ever; archive it in the dashboard, and 'shipway submit' another."
        )


@dataclass(frozen=True)
class RunRequest:
    """What a run is started with. Empty texts stand for the installation's defaults."""

    version: Version
    parameters: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    experiment: str = DEFAULT
    service_account: str = ""
    pipeline_root: str = ""

    def runtime_config(self, api: PipelinesApi) -> Any:
        return api.models.V2beta1RuntimeConfig(
            parameters=dict(self.parameters), pipeline_root=self.pipeline_root or None
        )

    def version_reference(self, api: PipelinesApi) -> Any:
        return api.models.V2beta1PipelineVersionReference(
            pipeline_id=self.version.pipeline_id, pipeline_version_id=self.version.version_id
        )


def create_run(api: PipelinesApi, request: RunRequest) -> ClusterRun:
    """Start a run."""
    name = request.name or f"{request.version.pipeline}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    body = api.models.V2beta1Run(
        display_name=name,
        experiment_id=experiment_id(api, request.experiment),
        pipeline_version_reference=request.version_reference(api),
        runtime_config=request.runtime_config(api),
        service_account=request.service_account or None,
    )
    return as_run(api.runs.run_service_create_run(body), {request.version.pipeline_id: request.version.pipeline})


def list_runs(
    api: PipelinesApi, *, pipeline: str = "", schedule_id: str = "", limit: int | None = None
) -> list[ClusterRun]:
    """Runs that are not archived, the newest first. Raises `UnknownName` for a pipeline that was never uploaded."""
    wanted = find_pipeline(api, pipeline) if pipeline else ""
    listed = _listed(api, **({"recurring_run_id": schedule_id} if schedule_id else {}))
    found = list(islice((one for one in listed if not wanted or _pipeline_id(one) == wanted), limit))
    names = pipeline_names(api, {_pipeline_id(one) for one in found})
    return [as_run(one, names) for one in found]


def find_run(api: PipelinesApi, text: str) -> ClusterRun:
    """The run of that id, beginning of an id, or name. Raises `UnknownName`, `AmbiguousName`."""
    try:
        found = api.runs.run_service_get_run(text) if text.strip() else _search(api, text)
    except NotThere:
        found = _search(api, text)
    return as_run(found, pipeline_names(api, {_pipeline_id(found)}))


def retry_run(api: PipelinesApi, run: ClusterRun) -> None:
    """Have what failed in a run run again, under the run's own id. Raises `NotFailed`."""
    if run.state not in (FAILED, CANCELLED):
        raise NotFailed(run)
    api.runs.run_service_retry_run(run.run_id)


def terminate_run(api: PipelinesApi, run: ClusterRun) -> None:
    """Ask for the end of a run; its pods are told to stop. Raises `LostWorkflow`."""
    try:
        api.runs.run_service_terminate_run(run.run_id)
    except PipelinesTrouble as error:
        if WORKFLOW_GONE.search(str(error)):
            raise LostWorkflow(run.run_id) from error
        raise


def as_run(found: Any, pipelines: Mapping[str, str]) -> ClusterRun:
    reference = found.pipeline_version_reference
    config = found.runtime_config
    started = seconds_of(found.created_at)
    return ClusterRun(
        run_id=found.run_id,
        name=found.display_name or "",
        pipeline=pipelines.get(_pipeline_id(found), "") or _inline_name(found.pipeline_spec),
        version=(reference.pipeline_version_id or "") if reference else "",
        state=_state(found),
        started=started,
        seconds=max(0.0, (seconds_of(found.finished_at) or time.time()) - started) if started else 0.0,
        parameters=dict((config.parameters or {}) if config else {}),
        schedule_id=found.recurring_run_id or "",
        sentence=" ".join(str(found.error.message or "").split()) if found.error else "",
    )


def seconds_of(moment: datetime | None) -> float:
    """Seconds since the epoch; 0.0 for a moment that has not come, which the API gives as the epoch itself."""
    return max(0.0, (moment - EPOCH).total_seconds()) if moment else 0.0


def _state(found: Any) -> str:
    """Kubeflow Pipelines calls a run that was terminated FAILED; some versions' history knows better."""
    state = STATES.get(found.state, found.state)
    if state != FAILED:
        return state
    for past in reversed(found.state_history or []):
        if past.state == "CANCELING":
            return CANCELLED
        if past.state in (RUNNING, PENDING):
            break
    return state


def _search(api: PipelinesApi, text: str) -> Any:
    recent = list(islice(_listed(api), SEARCHED))
    found = [one for one in recent if one.display_name == text]
    if not found and len(text) >= SHORTEST_PREFIX:
        found = [one for one in recent if one.run_id.startswith(text)]
    if not found:
        named = list(_listed(api, display_name=text))
        found = named[:2]
    if len(found) > 1:
        raise AmbiguousName("run", text, [one.run_id for one in found])
    if not found:
        raise UnknownName("run", text, [one.display_name for one in recent], "'shipway runs --cluster' lists them")
    return api.runs.run_service_get_run(found[0].run_id)


def _listed(api: PipelinesApi, **wanted: str) -> Iterator[Any]:
    here = {"namespace": api.namespace} if api.namespace else {}
    return api.pages(
        api.runs.run_service_list_runs,
        "runs",
        sort_by="created_at desc",
        filter=equals(storage_state="AVAILABLE", **wanted),
        **here,
    )


def _pipeline_id(found: Any) -> str:
    reference = found.pipeline_version_reference
    return (reference.pipeline_id or "") if reference else ""


def _inline_name(spec: Any) -> str:
    """The name of the pipeline of a run that was started from a spec of its own."""
    inner = spec.get("pipeline_spec", spec) if isinstance(spec, dict) else {}
    return str(((inner or {}).get("pipelineInfo") or {}).get("name", ""))
