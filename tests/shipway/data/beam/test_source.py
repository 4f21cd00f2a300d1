"""The source of in-process pipelines on Beam's own runner."""

from __future__ import annotations

import apache_beam as beam
from apache_beam.testing.util import assert_that, equal_to

from shipway.data.beam import FromIterable


def test_elements_are_read_on_another_runner_too() -> None:
    with beam.Pipeline("DirectRunner") as pipeline:
        assert_that(pipeline | FromIterable(lambda: range(3)), equal_to([0, 1, 2]))
