"""Which transforms run together in one pass over the data, and which collections must be held between passes.

A pass pushes every element, one at a time, through all transforms of its level. A transform belongs to a later level
when it needs a side input or a group that is complete only after an earlier pass. Only what one level writes and
another reads is held in memory; a source is read again instead.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from apache_beam import pvalue

from shipway.data.beam.graph import Kind, Node


@dataclass
class Schedule:
    """The nodes of each level, in order, and the last level that needs each collection."""

    levels: list[list[Node]]
    level_of: dict[Node, int]
    producers: dict[pvalue.PCollection, Node]
    consumers: dict[pvalue.PCollection, list[Node]]
    held_until: dict[pvalue.PCollection, int] = field(default_factory=dict)

    def streams(self, value: pvalue.PCollection, consumer: Node) -> bool:
        """Whether `consumer` gets the elements of `value` while they are produced."""
        producer = self.producers[value]
        return producer.kind in (Kind.PARDO, Kind.PASS) and self.level_of[producer] == self.level_of[consumer]


def plan(nodes: list[Node]) -> Schedule:
    """Assigns each node, given in dependency order, to the level in which it runs."""
    producers = {value: node for node in nodes for value in node.outputs.values()}
    consumers: dict[pvalue.PCollection, list[Node]] = defaultdict(list)
    side_consumers: dict[pvalue.PCollection, list[Node]] = defaultdict(list)
    for node in nodes:
        for value in node.inputs:
            consumers[value].append(node)
        for side in node.side_inputs:
            side_consumers[side.pvalue].append(node)
    earliest = _earliest_levels(nodes, producers)
    level_of = _deferred_levels(nodes, earliest, producers, consumers, side_consumers)
    levels: list[list[Node]] = [[] for _ in range(max(level_of.values(), default=-1) + 1)]
    for node in nodes:
        levels[level_of[node]].append(node)
    schedule = Schedule(levels, level_of, producers, consumers)
    _hold(schedule, side_consumers)
    return schedule


def _earliest_levels(nodes: list[Node], producers: dict[pvalue.PCollection, Node]) -> dict[Node, int]:
    level: dict[Node, int] = {}
    for node in nodes:
        level[node] = _floor(node, producers, level)
    return level


def _floor(node: Node, producers: dict[pvalue.PCollection, Node], level: dict[Node, int]) -> int:
    """The first level in which all that the node reads is there, given the levels of its producers."""
    waits = [_available(producers[value], level) for value in node.inputs]
    waits += [_complete(producers[side.pvalue], level) for side in node.side_inputs]
    return max(waits, default=0)


def _available(producer: Node, level: dict[Node, int]) -> int:
    """First level in which a consumer can get the producer's elements."""
    return level[producer] + 1 if producer.kind.is_barrier else level[producer]


def _complete(producer: Node, level: dict[Node, int]) -> int:
    """First level in which all the producer's elements are known."""
    return 0 if producer.kind is Kind.SOURCE else level[producer] + 1


def _deferred_levels(
    nodes: list[Node],
    earliest: dict[Node, int],
    producers: dict[pvalue.PCollection, Node],
    consumers: dict[pvalue.PCollection, list[Node]],
    side_consumers: dict[pvalue.PCollection, list[Node]],
) -> dict[Node, int]:
    """Moves what only a later pass needs into that pass, where it can be streamed from a source read again."""
    wanted = dict(earliest)
    for node in reversed(nodes):
        if node.kind in (Kind.PARDO, Kind.PASS):
            values = list(node.outputs.values())
            needed = [wanted[consumer] for value in values for consumer in consumers[value]]
            needed += [wanted[consumer] - 1 for value in values for consumer in side_consumers[value]]
            wanted[node] = max(earliest[node], min(needed, default=earliest[node]))
    level: dict[Node, int] = {}
    for node in nodes:
        floor = _floor(node, producers, level)
        target = max(floor, wanted[node])
        feeding = [producers[value] for value in node.inputs]
        streamed = all(p.kind is Kind.SOURCE or level[p] == target for p in feeding)
        level[node] = target if streamed and node.kind is not Kind.SOURCE else floor
    return level


def _hold(schedule: Schedule, side_consumers: dict[pvalue.PCollection, list[Node]]) -> None:
    for value, producer in schedule.producers.items():
        readers = list(side_consumers[value])
        if producer.kind is not Kind.SOURCE:
            readers += [node for node in schedule.consumers[value] if not schedule.streams(value, node)]
        if readers:
            schedule.held_until[value] = max(schedule.level_of[node] for node in readers)
