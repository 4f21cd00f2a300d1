"""Random pipelines give what plain Python gives: whatever the passes are, every element gets everywhere once."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pytest
from apache_beam import pvalue

from shipway.data.beam import FromIterable, LocalFunction, eager_pipeline


class Lengths(beam.DoFn):
    def process(self, element: int, first: Any, second: list[int]) -> Iterator[int]:
        yield element + len(list(first)) + len(second)


class RandomGraph:
    """A pipeline of random transforms, and beside each collection the values that it must have."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.pipeline = eager_pipeline()
        self.made: list[tuple[pvalue.PCollection, list[int]]] = []

    def add(self, label: str) -> None:
        choices = [self.create, self.increment, self.flatten, self.group, self.combine, self.total, self.side, self.odd]
        chosen = self.random.choice(choices) if self.made else self.create
        self.made.append(chosen(label))

    def pick(self) -> tuple[pvalue.PCollection, list[int]]:
        return self.random.choice(self.made)

    def create(self, label: str) -> tuple[pvalue.PCollection, list[int]]:
        values = [self.random.randint(0, 9) for _ in range(self.random.randint(0, 5))]
        source = self.random.choice([beam.Create(values), FromIterable(lambda: iter(values))])
        return self.pipeline | label >> source, values

    def increment(self, label: str) -> tuple[pvalue.PCollection, list[int]]:
        collection, values = self.pick()
        return collection | label >> beam.Map(lambda x: x + 1), [value + 1 for value in values]

    def flatten(self, label: str) -> tuple[pvalue.PCollection, list[int]]:
        chosen = self.random.sample(self.made, min(len(self.made), self.random.randint(1, 3)))
        joined = tuple(collection for collection, _ in chosen) | label >> beam.Flatten()
        return joined, [value for _, values in chosen for value in values]

    def group(self, label: str) -> tuple[pvalue.PCollection, list[int]]:
        collection, values = self.pick()
        keyed = collection | f"{label}/key" >> beam.Map(lambda x: (x % 3, x)) | f"{label}/group" >> beam.GroupByKey()
        return keyed | label >> beam.MapTuple(lambda key, group: key + sum(group)), sums_by_key(values)

    def combine(self, label: str) -> tuple[pvalue.PCollection, list[int]]:
        collection, values = self.pick()
        keyed = (
            collection | f"{label}/key" >> beam.Map(lambda x: (x % 3, x)) | f"{label}/sum" >> beam.CombinePerKey(sum)
        )
        return keyed | label >> beam.MapTuple(lambda key, total: key + total), sums_by_key(values)

    def total(self, label: str) -> tuple[pvalue.PCollection, list[int]]:
        collection, values = self.pick()
        return collection | label >> beam.CombineGlobally(sum), [sum(values)]

    def side(self, label: str) -> tuple[pvalue.PCollection, list[int]]:
        (collection, values), (first, firsts), (second, seconds) = self.pick(), self.pick(), self.pick()
        joined = collection | label >> beam.ParDo(Lengths(), pvalue.AsIter(first), pvalue.AsList(second))
        return joined, [value + len(firsts) + len(seconds) for value in values]

    def odd(self, label: str) -> tuple[pvalue.PCollection, list[int]]:
        def split(value: int) -> Iterator[Any]:
            yield pvalue.TaggedOutput("odd", value) if value % 2 else value

        collection, values = self.pick()
        outputs = collection | label >> beam.ParDo(split).with_outputs("odd", main="even")
        return outputs.odd, [value for value in values if value % 2]


def sums_by_key(values: list[int]) -> list[int]:
    groups: dict[int, list[int]] = defaultdict(list)
    for value in values:
        groups[value % 3].append(value)
    return [key + sum(group) for key, group in groups.items()]


@pytest.mark.parametrize("seed", range(15))
def test_random_graph(seed: int) -> None:
    graph = RandomGraph(seed)
    for number in range(graph.random.randint(4, 16)):
        graph.add(f"step {number}")
    found: list[list[int]] = [[] for _ in graph.made]
    for number, (collection, _) in enumerate(graph.made):
        _ = collection | f"collect {number}" >> beam.Map(LocalFunction(found[number].append))
    graph.pipeline.run()

    assert [sorted(values) for values in found] == [sorted(values) for _, values in graph.made]
