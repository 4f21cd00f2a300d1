"""A source that reads an iterable in this process, as often as the pipeline needs it, without holding its elements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.transforms.window import GlobalWindows


class FromIterable(beam.PTransform):
    """The elements of `open_iterable()`, which is called anew for each pass and must give the same elements each time.

    `beam.Create` holds and encodes its values; a generator over files read here needs the memory of one element. On a
    runner other than the in-process one the elements are read by one worker.
    """

    def __init__(self, open_iterable: Callable[[], Iterable[Any]]):
        super().__init__()
        self.open_iterable = open_iterable

    def get_windowing(self, inputs: Any) -> beam.transforms.core.Windowing:
        return beam.transforms.core.Windowing(GlobalWindows())

    def expand(self, pbegin: pvalue.PBegin) -> pvalue.PCollection:
        open_iterable = self.open_iterable
        return pbegin | beam.Impulse() | beam.FlatMap(lambda _: open_iterable())
