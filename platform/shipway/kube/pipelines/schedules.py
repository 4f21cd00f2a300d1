"""Schedules, which Kubeflow Pipelines calls recurring runs: one of a name, though the server would take several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shipway.errors import UsageError
from shipway.kube.pipelines.connection import PipelinesApi, equals
from shipway.kube.pipelines.experiments import experiment_id
from shipway.kube.pipelines.names import UnknownName
from shipway.kube.pipelines.runs import RunRequest
from shipway.kube.pipelines.timing import Timing, timing_of
from shipway.kube.pipelines.versions import ID, pipeline_names

ENABLED, PAUSED = "ENABLED", "PAUSED"


class OtherSchedule(UsageError):
    """A schedule of that name which does something else."""

    def __init__(self, name: str, differences: list[str]) -> None:
        super().__init__(
            f"There is a schedule {name!r} already, with another {' and another '.join(differences)}: add --replace to "
            "put this one in its place, which deletes the old one and its workflows, or give another --name."
        )


@dataclass(frozen=True)
class Schedule:
    """A schedule in the cluster."""

    schedule_id: str
    name: str
    pipeline: str
    version_id: str
    state: str
    timing: Timing
    parameters: Mapping[str, Any] = field(default_factory=dict)
    service_account: str = ""
    pipeline_root: str = ""
    created: datetime | None = None
    is_new: bool = False


def create_schedule(
    api: PipelinesApi, request: RunRequest, timing: Timing, *, paused: bool = False, replace: bool = False
) -> Schedule:
    """The schedule of the request's name, made unless there is one that does the same.

    Raises `OtherSchedule` for one that does something else, unless it is to be replaced.
    """
    before = _named(api, request.name)
    for known in before:
        differences = _differences(known, request, timing)
        if not differences:
            return known
        if not replace:
            raise OtherSchedule(request.name, differences)
    made = _create(api, request, timing, paused)
    for known in before:
        delete_schedule(api, known)
    return _only(api, made, {known.schedule_id for known in before})


def list_schedules(api: PipelinesApi) -> list[Schedule]:
    """All schedules, the newest first."""
    return _as_schedules(api, _listed(api, sort_by="created_at desc"))


def find_schedule(api: PipelinesApi, text: str) -> Schedule:
    """The schedule of that name or id. Raises `UnknownName`."""
    known = list_schedules(api)
    by_id = [one for one in known if one.schedule_id == text] if ID.fullmatch(text) else []
    found = by_id or [one for one in known if one.name == text]
    if not found:
        raise UnknownName("schedule", text, [one.name for one in known], "'shipway schedule list' lists them")
    return found[-1]


def pause_schedule(api: PipelinesApi, schedule: Schedule) -> None:
    api.schedules.recurring_run_service_disable_recurring_run(schedule.schedule_id)


def resume_schedule(api: PipelinesApi, schedule: Schedule) -> None:
    api.schedules.recurring_run_service_enable_recurring_run(schedule.schedule_id)


def delete_schedule(api: PipelinesApi, schedule: Schedule) -> None:
    """Delete a schedule, and with it its workflows: runs that go on end, ended ones keep what was recorded of them."""
    api.schedules.recurring_run_service_delete_recurring_run(schedule.schedule_id)


def _create(api: PipelinesApi, request: RunRequest, timing: Timing, paused: bool) -> Schedule:
    body = api.models.V2beta1RecurringRun(
        display_name=request.name,
        experiment_id=experiment_id(api, request.experiment),
        namespace=api.namespace,
        pipeline_version_reference=request.version_reference(api),
        runtime_config=request.runtime_config(api),
        service_account=request.service_account or None,
        trigger=timing.trigger(api),
        max_concurrency=str(timing.max_concurrency),
        no_catchup=not timing.catch_up,
        mode="DISABLE" if paused else "ENABLE",
    )
    made = api.schedules.recurring_run_service_create_recurring_run(body)
    return _as_schedule(made, {request.version.pipeline_id: request.version.pipeline}, is_new=True)


def _only(api: PipelinesApi, made: Schedule, replaced: set[str]) -> Schedule:
    """Of two schedules of one name that were made at once, the first stays; the other has not fired yet."""
    rivals = [one for one in _named(api, made.name) if one.schedule_id not in replaced]
    first = min(rivals, key=lambda one: (one.created is None, one.created, one.schedule_id), default=made)
    if first.schedule_id == made.schedule_id:
        return made
    delete_schedule(api, made)
    return first


def _differences(known: Schedule, request: RunRequest, timing: Timing) -> list[str]:
    pairs = {
        "pipeline or version": (known.version_id, request.version.version_id),
        "timing": (known.timing, timing),
        "parameters": (dict(known.parameters), dict(request.parameters)),
        "service account": (known.service_account if request.service_account else "", request.service_account),
        "pipeline root": (known.pipeline_root, request.pipeline_root),
    }
    return [name for name, (there, wanted) in pairs.items() if there != wanted]


def _named(api: PipelinesApi, name: str) -> list[Schedule]:
    return _as_schedules(api, _listed(api, filter=equals(display_name=name)))


def _listed(api: PipelinesApi, **filters: Any) -> list[Any]:
    here = {"namespace": api.namespace} if api.namespace else {}
    listing = api.schedules.recurring_run_service_list_recurring_runs
    return list(api.pages(listing, "recurring_runs", **filters, **here))


def _as_schedules(api: PipelinesApi, found: list[Any]) -> list[Schedule]:
    references = [one.pipeline_version_reference for one in found]
    names = pipeline_names(api, {(one.pipeline_id or "") if one else "" for one in references})
    return [_as_schedule(one, names) for one in found]


def _as_schedule(found: Any, pipelines: Mapping[str, str], *, is_new: bool = False) -> Schedule:
    reference, config = found.pipeline_version_reference, found.runtime_config
    return Schedule(
        schedule_id=found.recurring_run_id,
        name=found.display_name or "",
        pipeline=pipelines.get((reference.pipeline_id if reference else "") or "", ""),
        version_id=(reference.pipeline_version_id or "") if reference else "",
        state=PAUSED if found.status == "DISABLED" or found.mode == "DISABLE" else ENABLED,
        timing=timing_of(found),
        parameters=dict((config.parameters or {}) if config else {}),
        service_account=found.service_account or "",
        pipeline_root=(config.pipeline_root or "") if config else "",
        created=found.created_at,
        is_new=is_new,
    )
