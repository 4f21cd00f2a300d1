"""Folding: the same graph the same way, whatever the order it comes in, and nothing lost."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import pytest

from shipway.dashboards.pages.lineage.folding.alike import alike
from shipway.dashboards.pages.lineage.folding.chains import chains
from shipway.dashboards.pages.lineage.folding.levels import AUTO, LEVELS, READABLE, folded
from shipway.dashboards.pages.lineage.folding.quotient import Group, fold
from shipway.dashboards.pages.lineage.folding.runs import runs
from shipway.dashboards.pages.lineage.graph import ALIKE, ARTIFACT, EXECUTION, Graph, Vertex

NOTHING: frozenset[str] = frozenset()


def artifact(number: int, sort: str = "Examples") -> Vertex:
    return Vertex(f"a{number}", ARTIFACT, sort, number)


def execution(number: int, run: str = "run", sort: str = "step") -> Vertex:
    return Vertex(f"e{number}", EXECUTION, sort, number, run)


def graph(vertices: list[Vertex], arrows: list[tuple[str, str]]) -> Graph:
    return Graph({one.key: one for one in vertices}, {arrow: frozenset({"key"}) for arrow in arrows})


def fan(width: int) -> Graph:
    """Artifacts, each made by its own execution, that one execution takes; its output is a0."""
    inputs = [artifact(number) for number in range(1, width + 1)]
    makers = [execution(number + 1000, f"run-{number}", "gen") for number in range(1, width + 1)]
    arrows = [(maker.key, one.key) for maker, one in zip(makers, inputs, strict=True)]
    arrows += [(one.key, "e1") for one in inputs] + [("e1", "a0")]
    return graph([*inputs, *makers, execution(1, "train", "trainer"), artifact(0, "Model")], arrows)


def history(length: int) -> Graph:
    """Runs of rows, training and verdict, each training begun from the model before."""
    vertices, arrows = [], []
    for number in range(length):
        base = 10 * number
        vertices += [artifact(base + 1), artifact(base + 2, "Model"), artifact(base + 3, "ModelBlessing")]
        vertices += [
            execution(base + one, f"run-{number}", sort) for one, sort in ((4, "gen"), (5, "train"), (6, "eval"))
        ]
        arrows += [(f"e{base + 4}", f"a{base + 1}"), (f"a{base + 1}", f"e{base + 5}"), (f"e{base + 5}", f"a{base + 2}")]
        arrows += [(f"a{base + 2}", f"e{base + 6}"), (f"e{base + 6}", f"a{base + 3}")]
        if number:
            arrows.append((f"a{base - 8}", f"e{base + 5}"))
    return graph(vertices, arrows)


def random_graph(seed: int, size: int) -> Graph:
    chance = Random(seed)
    vertices: list[Vertex] = []
    for number in range(size):
        kind = chance.choice((artifact, execution))
        vertices.append(kind(number, sort=f"sort-{chance.randrange(3)}"))
    keys = [one.key for one in vertices]
    arrows = {tuple(sorted(chance.sample(range(size), 2))) for _ in range(2 * size)}
    return graph(vertices, [(keys[first], keys[second]) for first, second in sorted(arrows)])


def leaves(found: Graph) -> list[str]:
    return sorted(leaf.key for vertex in found.vertices.values() for leaf in vertex.leaves)


def coarsest(found: Graph, pinned: frozenset[str]) -> set[frozenset[str]]:
    """The classes of what is alike, by asking all vertices again until nothing changes."""
    classes = {key: (one.kind, one.sort, key if key in pinned else "") for key, one in found.vertices.items()}
    while True:
        refined: dict[str, Any] = {
            key: (
                classes[key],
                frozenset((classes[one], found.arrows[one, key]) for one in found.before[key]),
                frozenset((classes[one], found.arrows[key, one]) for one in found.after[key]),
            )
            for key in classes
        }
        numbers = {value: number for number, value in enumerate(dict.fromkeys(refined.values()))}
        if len(numbers) == len(set(classes.values())):
            return {frozenset(key for key in classes if classes[key] == one) for one in set(classes.values())}
        classes = {key: numbers[value] for key, value in refined.items()}


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_the_largest_classes_of_what_is_alike(seed: int) -> None:
    found = random_graph(seed, 40)
    varied = Graph(found.vertices, {one: frozenset({f"key-{place % 3}"}) for place, one in enumerate(found.arrows)})
    for one in (found, varied, fan(9), history(6)):
        pinned = frozenset(list(one.vertices)[:2])
        wanted = {keys for keys in coarsest(one, pinned) if len(keys) >= 3 and not keys & pinned}
        assert {frozenset(group.keys) for group in alike(one, pinned)} == wanted


def test_siblings_fold_with_what_made_them() -> None:
    found = fold(fan(50), alike(fan(50), {"a0"}))
    assert sorted((one.kind, one.artifacts, one.executions) for one in found.vertices.values()) == [
        (ALIKE, 0, 50), (ALIKE, 50, 0), (ARTIFACT, 1, 0), (EXECUTION, 0, 1),
    ]  # fmt: skip
    assert set(found.arrows) == {("alike:e1001", "alike:a1"), ("alike:a1", "e1"), ("e1", "a0")}


def test_what_is_used_elsewhere_too_is_not_alike() -> None:
    whole = fan(5)
    more = Graph({**whole.vertices, "e9": execution(9, sort="other")}, {**whole.arrows, ("a3", "e9"): frozenset()})
    groups = alike(more, {"a0"})
    assert {tuple(one.keys) for one in groups} == {("a1", "a2", "a4", "a5"), ("e1001", "e1002", "e1004", "e1005")}


def test_what_goes_in_under_another_name_is_not_alike() -> None:
    whole = fan(3)
    other = Graph(whole.vertices, {**whole.arrows, ("a3", "e1"): frozenset({"base_model"})})
    assert alike(other, {"a0"}) == []


def test_an_opened_group_stays_open() -> None:
    groups = alike(fan(50), {"a0"})
    found = fold(fan(50), groups, frozenset({"alike:a1"}))
    assert len(found.vertices) == 53
    assert found.vertices["alike:e1001"].executions == 50
    assert set(found.after["alike:e1001"]) == {f"a{number}" for number in range(1, 51)}


def test_rows_of_single_ones_fold() -> None:
    keys = ["e1", "a1", "e2", "a2", "e3", "a3"]
    row = graph([artifact(n) if k == "a" else execution(n) for n in (1, 2, 3) for k in "ea"], list(pairwise(keys)))
    assert [list(one.keys) for one in chains(row, NOTHING)] == [keys]
    assert [list(one.keys) for one in chains(row, {"a3"})] == [keys[:-1]]
    assert chains(row, {"a2"}) == []
    found = fold(row, chains(row, {"a3"}))
    assert set(found.arrows) == {("chain:e1", "a3")}
    assert (found.vertices["chain:e1"].artifacts, found.vertices["chain:e1"].executions) == (2, 3)


def test_a_run_folds_with_what_it_made() -> None:
    whole = history(3)
    found = fold(whole, runs(whole, {"a2"}))
    assert set(found.vertices) == {"run:run-0", "run:run-1", "run:run-2", "a2"}
    assert set(found.arrows) == {
        ("run:run-0", "a2"), ("a2", "run:run-0"), ("a2", "run:run-1"), ("run:run-1", "run:run-2"),
    }  # fmt: skip


GRAPHS = {
    "fan": fan(50), "history": history(40), "empty": graph([], []), "one": graph([artifact(1)], []),
    **{f"random-{seed}": random_graph(seed, 60) for seed in range(12)},
}  # fmt: skip


@pytest.mark.parametrize("level", [AUTO, *LEVELS])
@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_is_lost(name: str, level: str) -> None:
    whole = GRAPHS[name]
    found, _ = folded(whole, level, frozenset({"a1"}))
    assert leaves(found) == sorted(whole.vertices)
    place = {leaf.key: key for key, vertex in found.vertices.items() for leaf in vertex.leaves}
    assert set(found.arrows) == {(place[a], place[b]) for a, b in whole.arrows if place[a] != place[b]}
    if "a1" in whole.vertices:
        assert found.vertices["a1"] == whole.vertices["a1"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", GRAPHS)
def test_the_order_does_not_matter(name: str, level: str) -> None:
    whole = GRAPHS[name]
    vertices, arrows = list(whole.vertices.items()), list(whole.arrows.items())
    Random(3).shuffle(vertices)
    Random(4).shuffle(arrows)
    first, second = (folded(one, level, NOTHING)[0] for one in (whole, Graph(dict(vertices), dict(arrows))))
    assert {key: leaf_keys(one) for key, one in first.vertices.items()} == {
        key: leaf_keys(one) for key, one in second.vertices.items()
    }
    assert dict(first.arrows) == dict(second.arrows)


def leaf_keys(vertex: Vertex) -> list[str]:
    return [leaf.key for leaf in vertex.leaves]


def test_as_little_as_it_takes() -> None:
    assert folded(fan(10), AUTO, NOTHING)[1] == "none"
    assert folded(fan(50), AUTO, NOTHING)[1] == "alike"
    found, level = folded(history(40), AUTO, NOTHING)
    assert level == "runs"
    assert len(found.vertices) < 2 * READABLE


def test_opening_all_there_is_shows_everything() -> None:
    whole: Any = fan(50)
    opened: frozenset[str] = NOTHING
    for _ in range(10):
        found, _level = folded(whole, "runs", NOTHING, opened)
        opened |= {key for key, vertex in found.vertices.items() if vertex.members}
    assert sorted(found.vertices) == sorted(whole.vertices)


def test_a_group_has_its_kind_in_its_key() -> None:
    assert Group(ALIKE, "a1", ["a1"]).key == "alike:a1"
