"""What the in-process runner refuses, by name and before anything has run."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pytest
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.testing import test_stream as streams
from apache_beam.transforms.core import RestrictionProvider
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import BagStateSpec, TimerSpec, on_timer

from shipway.data.beam import CannotRunEagerly, LocalFunction, eager_pipeline
from shipway.data.beam.refusals import refusal_reason

TIMER = TimerSpec("later", TimeDomain.WATERMARK)
STATE_PARAMETER = beam.DoFn.StateParam(BagStateSpec("seen", beam.coders.VarIntCoder()))
TIMER_PARAMETER = beam.DoFn.TimerParam(TIMER)


class Stateful(beam.DoFn):
    def process(self, element: Any, state: Any = STATE_PARAMETER) -> None:
        state.add(element[1])


class WithTimer(beam.DoFn):
    def process(self, element: Any, timer: Any = TIMER_PARAMETER) -> None:
        timer.set(1)

    @on_timer(TIMER)
    def fire(self) -> None:
        pass


class Ranges(RestrictionProvider):
    def initial_restriction(self, element: Any) -> OffsetRange:
        return OffsetRange(0, 1)

    def create_tracker(self, restriction: OffsetRange) -> OffsetRestrictionTracker:
        return OffsetRestrictionTracker(restriction)

    def restriction_size(self, element: Any, restriction: OffsetRange) -> int:
        return 1


RANGE_PARAMETER = beam.DoFn.RestrictionParam(Ranges())


class Splittable(beam.DoFn):
    def process(self, element: Any, tracker: Any = RANGE_PARAMETER) -> None:
        pass


class Batched(beam.DoFn):
    def process_batch(self, batch: list[int]) -> list[int]:
        return batch


class _Unbounded(beam.io.iobase.SourceBase):
    def is_bounded(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("transform", "reason"),
    [
        (beam.ParDo(Stateful()), "the DoFn Stateful keeps state per key"),
        (beam.ParDo(WithTimer()), "the DoFn WithTimer sets timers"),
        (beam.ParDo(Splittable()), "the DoFn Splittable is splittable"),
        (beam.WindowInto(beam.window.FixedWindows(60)), "it windows into FixedWindows"),
        (beam.GroupIntoBatches(2), "keeps state per key"),
    ],
    ids=["state", "timer", "splittable", "window", "library"],
)
def test_transform_is_refused_by_name(transform: beam.PTransform, reason: str) -> None:
    touched: list[Any] = []
    pipeline = eager_pipeline()
    source = pipeline | beam.Create([("a", 1)]) | beam.Map(LocalFunction(lambda pair: touched.append(pair) or pair))
    _ = source | "Mine" >> transform

    with pytest.raises(CannotRunEagerly) as raised:
        pipeline.run()
    assert str(raised.value).startswith("The in-process Beam runner cannot run 'Mine")
    assert reason in str(raised.value)
    assert "run this pipeline on Beam's DirectRunner, or on a cluster runner" in str(raised.value)
    assert not touched


def test_dofn_that_takes_batches_is_refused() -> None:
    assert refusal_reason(beam.ParDo(Batched())) == "the DoFn Batched processes or yields batches"


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        (streams.TestStream().add_elements([1]), "unbounded source (TestStream)"),
        (beam.io.Read(_Unbounded()), "its source _Unbounded is unbounded"),
    ],
)
def test_unbounded_source_is_refused(root: beam.PTransform, reason: str) -> None:
    pipeline = eager_pipeline()
    _ = pipeline | "Stream" >> root

    with pytest.raises(CannotRunEagerly) as raised:
        pipeline.run()
    assert reason in str(raised.value)
