"""What pipelines give on the in-process runner."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam import pvalue
from apache_beam.testing.util import BeamAssertException, assert_that, equal_to

from shipway.data.beam import FromIterable, LocalFunction, eager_pipeline


def collect(pcollection: pvalue.PCollection, label: str = "Collect") -> list[Any]:
    """A list that holds the elements once the pipeline has run."""
    elements: list[Any] = []
    _ = pcollection | label >> beam.Map(LocalFunction(elements.append))
    return elements


def test_create_map_filter_and_flat_map_keep_order() -> None:
    pipeline = eager_pipeline()
    found = collect(
        pipeline
        | beam.Create([3, 1, 2])
        | beam.Filter(lambda x: x != 1)
        | beam.FlatMap(lambda x, times: [x] * times, times=2)
    )
    pipeline.run()

    assert found == [3, 3, 2, 2]


def test_group_by_key_tells_keys_apart_as_beam_does() -> None:
    pipeline = eager_pipeline()
    pairs = [(1, "a"), (True, "b"), (1.0, "c"), ("1", "d"), (None, "e"), (b"1", "f"), ((1, "x"), "g"), (1, "h")]
    found = collect(pipeline | beam.Create(pairs) | beam.GroupByKey())
    pipeline.run()

    assert [values for _, values in found] == [["a", "h"], ["b"], ["c"], ["d"], ["e"], ["f"], ["g"]]


def test_combine_per_key_and_globally_with_defaults_and_arguments() -> None:
    pipeline = eager_pipeline()
    numbers = pipeline | beam.Create([("a", 1), ("b", 2), ("a", 5)])
    per_key = collect(numbers | beam.CombinePerKey(sum), "PerKey")
    largest = collect(numbers | beam.Values() | beam.CombineGlobally(max), "Largest")
    empty = pipeline | "Nothing" >> beam.Create([])
    default = collect(empty | "Default" >> beam.CombineGlobally(sum), "OfNothing")
    none = collect(empty | "None" >> beam.CombineGlobally(sum).without_defaults(), "WithoutDefaults")
    floor = collect(numbers | "V" >> beam.Values() | beam.CombineGlobally(_at_least, 9), "Floor")
    fanned = collect(numbers | beam.CombinePerKey(sum).with_hot_key_fanout(4), "Fanned")
    pipeline.run()

    assert per_key == fanned == [("a", 6), ("b", 2)]
    assert (largest, default, none, floor) == ([5], [0], [], [9])


def test_combine_fn_goes_through_its_life() -> None:
    calls: list[str] = []

    class Spy(beam.CombineFn):
        def setup(self) -> None:
            calls.append("setup")

        def create_accumulator(self) -> list[int]:
            return []

        def add_input(self, mutable_accumulator: list[int], element: int) -> list[int]:
            return [*mutable_accumulator, element]

        def compact(self, accumulator: list[int]) -> list[int]:
            calls.append("compact")
            return [sum(accumulator)]

        def merge_accumulators(self, accumulators: list[list[int]]) -> list[int]:
            calls.append("merge")
            return [value for accumulator in accumulators for value in accumulator]

        def extract_output(self, accumulator: list[int]) -> int:
            return accumulator[0]

        def teardown(self) -> None:
            calls.append("teardown")

    pipeline = eager_pipeline()
    found = collect(pipeline | beam.Create([1, 2, 3]) | beam.CombineGlobally(_by_reference(Spy())))
    pipeline.run()

    assert found == [6]
    assert calls == ["setup", "compact", "merge", "teardown"]


def test_side_inputs_of_every_kind() -> None:
    pipeline = eager_pipeline()
    pairs = pipeline | beam.Create([("a", 1), ("b", 2)])
    total = pairs | beam.Values() | beam.CombineGlobally(sum)
    none = pipeline | "None" >> beam.Create([])
    found = collect(
        pipeline
        | "Start" >> beam.Create(["x"])
        | beam.Map(
            lambda element, single, default, many, items, by_key, multi: (
                element,
                single,
                default,
                list(many),
                items,
                by_key,
                sorted(multi["a"]),
            ),
            pvalue.AsSingleton(total),
            pvalue.AsSingleton(none, default_value=7),
            pvalue.AsIter(pairs),
            pvalue.AsList(pairs | beam.Keys()),
            pvalue.AsDict(pairs),
            multi=pvalue.AsMultiMap((pairs, pairs | "Copy" >> beam.Map(lambda pair: pair)) | beam.Flatten()),
        )
    )
    pipeline.run()

    assert found == [("x", 3, 7, [("a", 1), ("b", 2)], ["a", "b"], {"a": 1, "b": 2}, [1, 1])]


def test_tagged_outputs_partition_and_flatten() -> None:
    def split(number: int) -> Iterator[Any]:
        yield pvalue.TaggedOutput("odd" if number % 2 else "even", number)
        yield pvalue.TaggedOutput("unread", number)
        yield -number

    pipeline = eager_pipeline()
    numbers = pipeline | beam.Create(range(4))
    outputs = numbers | beam.ParDo(split).with_outputs("odd", "even", main="negative")
    odd, even, negative = (collect(outputs[tag], f"Collect {tag}") for tag in ("odd", "even", "negative"))
    low, high = numbers | beam.Partition(lambda number, _: int(number > 1), 2)
    joined = collect((high, low) | beam.Flatten() | beam.Reshuffle(), "Joined")
    pipeline.run()

    assert (odd, even, negative) == ([1, 3], [0, 2], [0, -1, -2, -3])
    assert sorted(joined) == [0, 1, 2, 3]


def test_dofn_goes_through_its_life_in_one_bundle() -> None:
    calls: list[Any] = []

    class Spy(beam.DoFn):
        def setup(self) -> None:
            calls.append("setup")

        def start_bundle(self) -> None:
            calls.append("start")
            self.seen: list[int] = []

        def process(self, element: int, timestamp: Any = beam.DoFn.TimestampParam) -> None:
            self.seen.append(element)
            assert timestamp is not None

        def finish_bundle(self) -> Iterator[Any]:
            calls.append("finish")
            yield beam.transforms.window.GlobalWindows.windowed_value(sum(self.seen))

        def teardown(self) -> None:
            calls.append("teardown")

    pipeline = eager_pipeline()
    found = collect(pipeline | beam.Create([1, 2]) | beam.ParDo(_by_reference(Spy())))
    for _ in range(2):
        pipeline.run()

    assert found == [3, 3]
    assert calls == ["setup", "start", "finish", "teardown"] * 2


def test_teardown_follows_a_failure_and_the_transform_is_named() -> None:
    closed: list[bool] = []

    class Fails(beam.DoFn):
        def process(self, element: int) -> Iterator[float]:
            yield 1 / element

        def teardown(self) -> None:
            closed.append(True)

    pipeline = eager_pipeline()
    _ = pipeline | beam.Create([1, 0]) | "Divide" >> beam.ParDo(_by_reference(Fails())) | "Print" >> beam.Map(print)
    with pytest.raises(ZeroDivisionError) as raised:
        pipeline.run()

    assert raised.value.__notes__ == ["while running 'Divide'"]
    assert closed == [True]


def test_library_transforms_and_assertions(tmp_path: Path) -> None:
    pipeline = eager_pipeline()
    words = pipeline | beam.Create(["b", "a", "b"])
    assert_that(words | beam.combiners.Count.PerElement(), equal_to([("a", 1), ("b", 2)]), "counts")
    assert_that(words | beam.Distinct(), equal_to(["a", "b"]), "distinct")
    assert_that(words | beam.combiners.Top.Largest(1), equal_to([["b"]]), "top")
    assert_that(words | beam.BatchElements(2, 2) | beam.Map(len), equal_to([2, 1]), "batches")
    assert_that(words | "Only" >> beam.Filter(lambda word: word == "c"), equal_to([]), "empty")
    joined = {
        "left": words | beam.Map(lambda word: (word, 1)),
        "right": words | "R" >> beam.Map(lambda word: (word, 2)),
    }
    assert_that(
        joined | beam.CoGroupByKey() | beam.MapTuple(lambda key, values: (key, len(values["left"]))),
        equal_to([("a", 1), ("b", 2)]),
        "joined",
    )
    _ = words | beam.io.WriteToText(str(tmp_path / "words"))
    pipeline.run()

    reading = eager_pipeline()
    assert_that(reading | beam.io.ReadFromText(str(tmp_path / "words*")), equal_to(["a", "b", "b"]))
    reading.run()


def test_failed_assertion_fails_the_run() -> None:
    pipeline = eager_pipeline()
    assert_that(pipeline | beam.Create([1]), equal_to([2]))

    with pytest.raises(BeamAssertException):
        pipeline.run()


def test_source_is_read_again_for_a_later_pass_and_never_held() -> None:
    class Element:
        pass

    passes: list[int] = []
    alive: weakref.WeakSet[Element] = weakref.WeakSet()
    most: list[int] = [0]

    def elements() -> Iterator[Element]:
        passes.append(1)
        for _ in range(50):
            element = Element()
            alive.add(element)
            yield element
            del element
            gc.collect(0)
            most[0] = max(most[0], len(alive))

    pipeline = eager_pipeline()
    source = pipeline | FromIterable(elements)
    count = source | beam.combiners.Count.Globally()
    found = collect(
        source
        | beam.Map(lambda _, whole: whole, pvalue.AsSingleton(count))
        | beam.CombineGlobally(lambda values: max(values, default=0))
    )
    pipeline.run()

    assert found == [50]
    assert len(passes) == 2
    assert most[0] <= 2


def test_collection_is_freed_after_its_last_reader() -> None:
    class Big:
        pass

    held: weakref.WeakSet[Big] = weakref.WeakSet()
    seen: list[int] = []

    def make(_: Any) -> Big:
        big = Big()
        held.add(big)
        return big

    pipeline = eager_pipeline()
    big = pipeline | beam.Create(range(5)) | beam.Map(LocalFunction(make))
    count = big | beam.combiners.Count.Globally()
    used = big | "Use" >> beam.Map(lambda _, whole: whole, pvalue.AsSingleton(count))
    total = used | "Add" >> beam.CombineGlobally(sum)
    _ = total | beam.Map(LocalFunction(lambda _: (gc.collect(), seen.append(len(held)))))
    pipeline.run()

    assert seen == [0]


def test_function_and_object_by_reference_are_not_copied() -> None:
    collected: list[int] = []
    pipeline = eager_pipeline()
    _ = pipeline | beam.Create([1]) | beam.Map(LocalFunction(collected.append))
    pipeline.run()

    assert collected == [1]


def _at_least(values: Any, floor: int) -> int:
    return max(floor, *values)


def _by_reference(fn: Any) -> Any:
    """Keeps Beam from pickling a class that is local to a test, and with it the lists that the test looks at."""
    type(fn).__reduce__ = LocalFunction.__reduce__
    return fn
