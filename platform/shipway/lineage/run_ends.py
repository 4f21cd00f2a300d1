"""How a run stood when its runner let go of it.

ML Metadata knows executions and not when a run is over: between two steps nothing runs either. So the runner leaves a
word on the run's context: a list of states with their times, for a run may be resumed and end again.
"""

from __future__ import annotations

import json
from typing import Any

from shipway.lineage.calls import call, context_by_name
from shipway.lineage.protos import Context
from shipway.lineage.service import MetadataService
from shipway.lineage.types import PIPELINE_RUN

ENDS = "ends"
"""The context's custom property: JSON, [[state, milliseconds since the epoch], ...]."""

LIVE = "live"
"""The context's custom property while the run goes on in a cluster, see `live_runs`; an end takes it away."""


def record_end(service: MetadataService, run_id: str, state: str, at_ms: int) -> None:
    """Add an end to a run, once; without effect on a run that has recorded nothing. The caller holds the lock."""
    context = context_by_name(service, PIPELINE_RUN, run_id)
    if context is None:
        return
    ends = ends_of(context)
    if (state, at_ms) in ends and LIVE not in context.custom_properties:
        return
    if LIVE in context.custom_properties:
        del context.custom_properties[LIVE]
    known = ends if (state, at_ms) in ends else [*ends, (state, at_ms)]
    context.custom_properties[ENDS].string_value = json.dumps(known)
    call(service, "PutContexts", contexts=[context])


def ends_of(context: Context) -> list[tuple[str, int]]:
    """The ends of a run, oldest first; none where what is written there is no list of them."""
    if ENDS not in context.custom_properties:
        return []
    try:
        ends: Any = json.loads(context.custom_properties[ENDS].string_value)
        return sorted(((str(state), int(at_ms)) for state, at_ms in ends), key=lambda end: end[1])
    except (ValueError, TypeError):
        return []
