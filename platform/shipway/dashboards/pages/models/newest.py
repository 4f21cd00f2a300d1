"""The newest models of pipelines and what was found of the earlier ones, kept as long as nobody makes a newer one.

A pipeline's models cost some 25 ms to look up in a store of 100,000 artifacts, and the registry shows a dozen of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence

from shipway.dashboards.evaluations import EvaluationFound, standing_of, summary_of
from shipway.dashboards.runs.reading import Queries
from shipway.lineage import LineageQueries
from shipway.lineage.outcomes import outcomes_of
from shipway.lineage.pipeline_models import MadeModel, newest_made_models, newest_models

LAST = 8
"""Versions of each pipeline that are kept."""

READ_AT_ONCE = 200
"""Models that are read when there are newer ones: twice as many as the registry shows on a page."""

KEPT_SECONDS = 300.0
"""Writers at the same time may finish out of order: after so long everything is looked up again."""


class NewestModels:
    """For any thread; `of` is as new as the store."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._lock = threading.Lock()
        self._store: LineageQueries | None = None
        self._until = 0.0
        self._newest = 0
        self._kept: dict[str, Sequence[MadeModel]] = {}
        self._summaries: dict[int, EvaluationFound] = {}

    def of(self, pipelines: Sequence[str]) -> dict[str, Sequence[MadeModel]]:
        """The last models of each pipeline, newest first; none of a pipeline that made none.

        Raises the store's fault.
        """
        with self._lock:
            store = self._queries()
            if store is not self._store or time.monotonic() > self._until:
                self._store, self._newest, self._kept, self._summaries = store, 0, {}, {}
                self._until = time.monotonic() + KEPT_SECONDS
            self._take_newer(store)
            for pipeline in pipelines:
                if pipeline not in self._kept:
                    self._kept[pipeline] = newest_models(store.service, pipeline, LAST)
            return {pipeline: self._kept[pipeline] for pipeline in pipelines}

    def summaries_of(self, model_ids: Collection[int]) -> dict[int, EvaluationFound]:
        """What the newest evaluation of each model sums up, for models that are not the newest of their pipeline.

        What was found of them may be some minutes old. Raises the store's fault.
        """
        with self._lock:
            missing = [one for one in model_ids if one not in self._summaries]
            outcomes = outcomes_of(self._queries().service, missing) if missing else {}
            for one in missing:
                evaluation = standing_of(outcomes.get(one, ())).evaluation
                self._summaries[one] = summary_of(evaluation) if evaluation else EvaluationFound()
            return {one: self._summaries[one] for one in model_ids}

    def _take_newer(self, store: LineageQueries) -> None:
        """Put what was made since the last look before what is kept; where that may not be all, keep what is whole."""
        newest = newest_made_models(store.service, 1)
        last = newest[0].model.id if newest else 0
        if last == self._newest:
            return
        found = newest_made_models(store.service, READ_AT_ONCE)
        fresh = [one for one in found if one.model.id > self._newest]
        by_pipeline: dict[str, list[MadeModel]] = {}
        for one in fresh:
            by_pipeline.setdefault(one.pipeline, []).append(one)
        if self._newest and len(fresh) < len(found):
            known = {pipeline: made for pipeline, made in by_pipeline.items() if pipeline in self._kept}
            self._kept.update({pipeline: [*made, *self._kept[pipeline]][:LAST] for pipeline, made in known.items()})
        else:
            self._kept = {pipeline: made[:LAST] for pipeline, made in by_pipeline.items() if len(made) >= LAST}
        self._newest = last
