"""A run that goes on in a cluster, as whoever watches it there tells: since when, and which steps cannot begin.

ML Metadata knows executions, and a step whose image cannot be pulled has none. So the watcher leaves a word on the
run's context, as a runner does of its end, and takes it away when the run has ended: while it stands, somebody is going
to say how the run ended, however long nothing of it runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shipway.lineage.calls import OrderBy, call, context_by_name
from shipway.lineage.protos import Context, ListOperationOptions
from shipway.lineage.run_ends import LIVE, ends_of
from shipway.lineage.service import ALREADY_EXISTS, MetadataService, MetadataStatus
from shipway.lineage.types import PIPELINE, PIPELINE_RUN, TypeRegistry
from shipway.lineage.values import clean, from_values


@dataclass(frozen=True)
class Waiting:
    """A step that cannot begin, or go on, and why; `since_ms` in milliseconds since the epoch."""

    task: str
    sentence: str
    since_ms: int


@dataclass(frozen=True)
class LiveRun:
    """A run that goes on. `place` names the cluster's namespace where it does, for whoever watches there."""

    pipeline: str
    run_id: str
    began_ms: int
    place: str = ""
    waiting: tuple[Waiting, ...] = ()


@dataclass(frozen=True)
class ToldOfRun:
    """What was said of a run: that it goes on (`live`), and how it stood each time that it had ended, oldest first."""

    pipeline: str = ""
    live: LiveRun | None = None
    ends: tuple[tuple[str, int], ...] = ()


def told_of_run(service: MetadataService, run_id: str) -> ToldOfRun:
    """What was said of a run, nothing of one that is not known."""
    context = context_by_name(service, PIPELINE_RUN, clean(run_id))
    return told_in(context) if context else ToldOfRun()


def live_of_run(service: MetadataService, run_id: str) -> LiveRun | None:
    """What is said of a run that goes on in a cluster; None where nobody says that it does."""
    return told_of_run(service, run_id).live


def told_in(context: Context) -> ToldOfRun:
    """What a run's context says of it."""
    pipeline = str(from_values(context.custom_properties).get("pipeline_name", ""))
    return ToldOfRun(pipeline, _live_in(context, pipeline), tuple(ends_of(context)))


def live_runs(service: MetadataService, place: str) -> Iterator[LiveRun]:
    """The runs that go on at a place, as far as anybody has said."""
    options = ListOperationOptions(max_result_size=100, order_by_field=OrderBy(field=OrderBy.Field.ID, is_asc=False))
    options.filter_query = f"custom_properties.{LIVE}.string_value != ''"
    while True:
        response = call(service, "GetContexts", options=options)
        for context in response.contexts:
            live = told_in(context).live if context.type == PIPELINE_RUN else None
            if live is not None and live.place == place:
                yield live
        if not response.next_page_token:
            return
        options.next_page_token = response.next_page_token


def record_live(service: MetadataService, types: TypeRegistry, live: LiveRun) -> None:
    """Say that a run goes on; the run is made known where it is not. The caller holds the lock."""
    word = json.dumps(
        {
            "began_ms": live.began_ms,
            "place": live.place,
            "waiting": [[one.task, one.sentence, one.since_ms] for one in live.waiting],
        }
    )
    context = context_by_name(service, PIPELINE_RUN, clean(live.run_id)) or _make_known(service, types, live)
    if LIVE in context.custom_properties and context.custom_properties[LIVE].string_value == clean(word):
        return
    context.custom_properties[LIVE].string_value = clean(word)
    call(service, "PutContexts", contexts=[context])


def _make_known(service: MetadataService, types: TypeRegistry, live: LiveRun) -> Context:
    """The contexts that a run's first execution would have made."""
    run = Context(type_id=types.context(PIPELINE_RUN), name=clean(live.run_id))
    run.custom_properties["pipeline_name"].string_value = clean(live.pipeline)
    for context in (Context(type_id=types.context(PIPELINE), name=clean(live.pipeline)), run):
        try:
            call(service, "PutContexts", contexts=[context])
        except MetadataStatus as status:
            if status.code != ALREADY_EXISTS:
                raise
    return context_by_name(service, PIPELINE_RUN, run.name) or run


def _live_in(context: Context, pipeline: str) -> LiveRun | None:
    if LIVE not in context.custom_properties or not context.custom_properties[LIVE].string_value:
        return None
    try:
        said: Any = json.loads(context.custom_properties[LIVE].string_value)
        waiting = tuple(Waiting(str(task), str(text), int(since)) for task, text, since in said["waiting"])
        return LiveRun(pipeline, context.name, int(said["began_ms"]), str(said["place"]), waiting)
    except (ValueError, TypeError, KeyError):
        return None
