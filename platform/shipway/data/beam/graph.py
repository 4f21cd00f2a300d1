"""A constructed pipeline as a list of primitive transforms in an order in which they can run."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.pipeline import AppliedPTransform, Pipeline
from apache_beam.transforms import util
from apache_beam.transforms.core import _CombinePerKeyWithHotKeyFanout
from apache_beam.transforms.ptransform import PTransform

from shipway.data.beam.refusals import CannotRunEagerly, is_bounded_read, refusal_reason
from shipway.data.beam.source import FromIterable


class Kind(enum.Enum):
    """How the runner treats a transform."""

    SOURCE = "source"  # gives elements, again on every reading
    PARDO = "pardo"
    PASS = "pass"  # hands elements on unchanged: Flatten, Reshuffle, a window of everything
    GROUP = "group"
    COMBINE = "combine"  # per key
    COMBINE_ALL = "combine all"

    @property
    def is_barrier(self) -> bool:
        """Whether the first output comes only after the last input."""
        return self in (Kind.GROUP, Kind.COMBINE, Kind.COMBINE_ALL)


_PRIMITIVES: tuple[tuple[tuple[type[PTransform], ...], Kind], ...] = (
    ((beam.Create, beam.Impulse, FromIterable), Kind.SOURCE),
    ((beam.Flatten, beam.WindowInto, util.Reshuffle, util.ReshufflePerKey), Kind.PASS),
    ((beam.ParDo,), Kind.PARDO),
    ((beam.GroupByKey,), Kind.GROUP),
    ((beam.CombinePerKey, _CombinePerKeyWithHotKeyFanout), Kind.COMBINE),
)


def primitive_kind(transform: PTransform) -> Kind | None:
    """The kind of a transform that the runner runs itself, or None for a composite that is expanded."""
    if is_bounded_read(transform):
        return Kind.SOURCE
    if isinstance(transform, beam.CombineGlobally):
        return None if _is_expanded(transform) else Kind.COMBINE_ALL
    return next((kind for types, kind in _PRIMITIVES if isinstance(transform, types)), None)


def _is_expanded(transform: beam.CombineGlobally) -> bool:
    arguments = (*transform.args, *transform.kwargs.values())
    return transform.as_view or any(isinstance(argument, pvalue.AsSideInput) for argument in arguments)


@dataclass(eq=False)
class Node:
    """One primitive transform with what it reads and writes."""

    applied: AppliedPTransform
    kind: Kind

    @property
    def label(self) -> str:
        return self.applied.full_label

    @property
    def transform(self) -> PTransform:
        return self.applied.transform

    @property
    def inputs(self) -> list[pvalue.PCollection]:
        return [value for value in self.applied.inputs if not isinstance(value, pvalue.PBegin)]

    @property
    def side_inputs(self) -> list[pvalue.AsSideInput]:
        return [side for side in self.applied.side_inputs if isinstance(side, pvalue.AsSideInput)]

    @property
    def outputs(self) -> dict[str | int | None, pvalue.PCollection]:
        return self.applied.outputs


def read_graph(pipeline: Pipeline) -> list[Node]:
    """The pipeline's primitive transforms, each after everything it reads.

    Raises:
      CannotRunEagerly: a transform that the in-process runner refuses.
    """
    nodes = [_as_node(applied) for applied in _primitives(pipeline._root_transform())]
    return _in_dependency_order(nodes)


def _primitives(applied: AppliedPTransform) -> Iterator[AppliedPTransform]:
    reason = refusal_reason(applied.transform) if applied.transform is not None else None
    if reason is not None:
        raise CannotRunEagerly(applied.full_label, reason)
    if applied.is_composite():
        for part in applied.parts:
            yield from _primitives(part)
    else:
        yield applied


def _as_node(applied: AppliedPTransform) -> Node:
    kind = primitive_kind(applied.transform)
    if kind is None:
        raise CannotRunEagerly(applied.full_label, f"it does not know the transform {type(applied.transform).__name__}")
    return Node(applied, kind)


def _in_dependency_order(nodes: list[Node]) -> list[Node]:
    # A transform may have been added to the graph after its consumer: TF Transform copies sources that way.
    producers = {output: node for node in nodes for output in node.outputs.values()}
    ordered: dict[Node, None] = {}
    for start in nodes:
        pending = [start]
        while pending:
            node = pending[-1]
            read = [*node.inputs, *(side.pvalue for side in node.side_inputs)]
            missing = [producers[value] for value in read if producers[value] not in ordered]
            if missing:
                pending.extend(missing)
            else:
                ordered.setdefault(pending.pop())
    return list(ordered)
