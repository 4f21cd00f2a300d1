"""How a pipeline for the in-process runner is made."""

from __future__ import annotations

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from shipway.data.beam.runner import EagerRunner


class _InProcessOptions(PipelineOptions):
    """No options; Beam looks some up for every transform, and parses a command line each time to find its defaults."""

    def __init__(self) -> None:
        object.__setattr__(self, "_views", {})
        super().__init__([])

    def view_as(self, cls: type[PipelineOptions]) -> PipelineOptions:
        views = self._views
        if cls not in views:
            views[cls] = super().view_as(cls)
        return views[cls]


def eager_pipeline() -> beam.Pipeline:
    """An empty pipeline that runs in this process: fill it, then call its `run`."""
    return beam.Pipeline(runner=EagerRunner(), options=_InProcessOptions())
