"""Drawn graphs can be read: boxes apart, edges to the right, few crossings, the same picture every time."""

from __future__ import annotations

import itertools
import random
import re

import pytest

from shipway.dashboards.drawing import Edge, Node, layout
from shipway.dashboards.drawing.heights import rising


def graph(count: int, seed: int, reach: int = 25, edges_each: int = 2):
    """A random acyclic graph of boxes of several sizes."""
    chance = random.Random(seed)
    nodes = [Node(f"n{i}", f"step {i}", 60 + i % 90, 20 + i % 30) for i in range(count)]
    pairs = [(chance.randrange(max(0, i - reach), i), i) for i in range(1, count) for _ in range(edges_each)]
    return nodes, [Edge(f"n{a}", f"n{b}") for a, b in pairs]


def numbers(path: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?[\d.]+", path)]


def overlap(a, b) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


@pytest.mark.parametrize(("count", "seed", "reach"), [(2, 1, 1), (40, 2, 5), (60, 3, 60), (300, 4, 25)])
def test_boxes_lie_apart_and_inside(count, seed, reach):
    drawing = layout(*graph(count, seed, reach))
    places = list(drawing.places.values())
    assert len(places) == count
    assert not any(overlap(a, b) for a, b in itertools.combinations(places, 2))
    assert all(one.x >= 0 and one.right <= drawing.width for one in places)
    assert all(one.y >= 0 and one.bottom <= drawing.height for one in places)


@pytest.mark.parametrize(("count", "seed"), [(40, 2), (300, 4)])
def test_edges_point_right_and_meet_their_boxes(count, seed):
    nodes, edges = graph(count, seed)
    drawing = layout(nodes, edges)
    assert [(one.source, one.target) for one in drawing.paths] == [(one.source, one.target) for one in edges]
    for drawn in drawing.paths:
        source, target = drawing.places[drawn.source], drawing.places[drawn.target]
        x, y, *_ = numbers(drawn.path)
        assert not drawn.backward
        assert source.right < target.x
        assert (x, y) == pytest.approx((source.right, source.middle), rel=1e-4)
        if not drawn.path.rpartition("C")[2].count("H"):
            assert numbers(drawn.path)[-2:] == pytest.approx((target.x, target.middle), rel=1e-4)


def test_an_edge_crosses_no_box_on_its_way():
    """Between its ends a long edge runs level through every column, where it has a lane of its own."""
    drawing = layout(*graph(80, 5, reach=80))
    for drawn in drawing.paths:
        for level, start, end in re.findall(r" (-?[\d.]+) ([\d.]+) \1H([\d.]+)", drawn.path):
            box = [
                one
                for name, one in drawing.places.items()
                if name not in (drawn.source, drawn.target)
                and one.y < float(level) < one.bottom
                and one.x < float(end)
                and float(start) < one.right
            ]
            assert box == []


def test_the_same_graph_is_drawn_the_same():
    assert layout(*graph(120, 6)) == layout(*graph(120, 6))


def test_a_ladder_has_no_crossing():
    """Given crosswise, it is put in order."""
    nodes = [Node(name, name, 50, 20) for name in ("a", "b", "c", "z", "y", "x")]
    drawing = layout(nodes, [Edge("a", "x"), Edge("b", "y"), Edge("c", "z")])
    heights = {name: place.y for name, place in drawing.places.items()}
    assert [heights[one] for one in "abc"] == [heights[one] for one in "xyz"]


def test_a_source_stands_next_to_what_it_feeds():
    nodes = [Node(name, name, 50, 20) for name in "abcd"]
    drawing = layout(nodes, [Edge("a", "b"), Edge("b", "c"), Edge("d", "c")])
    assert drawing.places["d"].x == drawing.places["b"].x


def test_a_cycle_is_drawn_with_one_edge_back():
    nodes = [Node(name, name, 50, 20) for name in "abc"]
    drawing = layout(nodes, [Edge("a", "b"), Edge("b", "c"), Edge("c", "a")])
    assert [one.backward for one in drawing.paths] == [False, False, True]
    xs = numbers(drawing.paths[2].path)
    assert xs[0] == drawing.places["c"].x
    assert "H62" in drawing.paths[2].path or xs[-2] == drawing.places["a"].right


def test_what_leads_nowhere_is_left_out():
    nodes = [Node("a", "a", 50, 20), Node("a", "again", 50, 20)]
    drawing = layout(nodes, [Edge("a", "a"), Edge("a", "gone"), Edge("gone", "a")])
    assert list(drawing.places) == ["a"]
    assert drawing.paths == []
    assert layout([], []).places == {}


def test_edges_of_one_pair_keep_their_keys():
    nodes = [Node("a", "a", 50, 20), Node("b", "b", 50, 20)]
    drawing = layout(nodes, [Edge("a", "b", "examples"), Edge("a", "b", "schema")])
    assert [one.key for one in drawing.paths] == ["examples", "schema"]


def test_a_chain_of_thousands_needs_no_recursion():
    nodes = [Node(str(i), "", 10, 10) for i in range(3000)]
    drawing = layout(nodes, [Edge(str(i), str(i + 1)) for i in range(2999)])
    assert {one.y for one in drawing.places.values()} == {drawing.places["0"].y}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [([1.0, 2.0], [1.0, 2.0]), ([3.0, 1.0], [2.0, 2.0]), ([1.0, 5.0, 3.0, 4.0], [1.0, 4.0, 4.0, 4.0])],
)
def test_the_nearest_rising_numbers(wanted, found):
    assert rising(wanted, [1.0] * len(wanted)) == found
