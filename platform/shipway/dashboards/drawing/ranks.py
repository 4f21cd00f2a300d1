"""Columns: which nodes stand in which, so that edges point right and are short."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator

Link = tuple[int, int]


def without_cycles(count: int, links: Collection[Link]) -> set[Link]:
    """Those links that lead back to where a walk came from; with them turned round, the rest is acyclic."""
    below = _neighbours(count, links)
    unseen, open_, done = 0, 1, 2
    state = [unseen] * count
    backward: set[Link] = set()
    for root in range(count):
        if state[root] != unseen:
            continue
        state[root] = open_
        stack: list[tuple[int, Iterator[int]]] = [(root, iter(below[root]))]
        while stack:
            node, rest = stack[-1]
            for other in rest:
                if state[other] == open_:
                    backward.add((node, other))
                elif state[other] == unseen:
                    state[other] = open_
                    stack.append((other, iter(below[other])))
                    break
            else:
                state[node] = done
                stack.pop()
    return backward


def rank_nodes(count: int, links: Collection[Link]) -> list[int]:
    """The column of every node of an acyclic graph: the longest way to it, then as near to what follows as it may be.

    Moving a node to the right by its slack shortens its outgoing edges and lengthens its incoming ones, so only nodes
    with more of the former move.
    """
    below = _neighbours(count, links)
    above = _neighbours(count, [(target, source) for source, target in links])
    order = _topological(count, below, above)
    ranks = [0] * count
    for node in order:
        for other in below[node]:
            ranks[other] = max(ranks[other], ranks[node] + 1)
    for node in reversed(order):
        if len(below[node]) > len(above[node]):
            ranks[node] = min(ranks[other] for other in below[node]) - 1
    return ranks


def _neighbours(count: int, links: Collection[Link]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        found[source].append(target)
    return found


def _topological(count: int, below: list[list[int]], above: list[list[int]]) -> list[int]:
    waiting_for = [len(others) for others in above]
    ready = deque(node for node in range(count) if not waiting_for[node])
    order: list[int] = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for other in below[node]:
            waiting_for[other] -= 1
            if not waiting_for[other]:
                ready.append(other)
    return order
