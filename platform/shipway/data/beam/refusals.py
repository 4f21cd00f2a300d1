"""What the in-process runner does not do, said before anything has run.

It has one window, one bundle and no state, so it refuses what would need more, instead of giving a wrong answer.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
from apache_beam.io import iobase
from apache_beam.testing.test_stream import TestStream
from apache_beam.transforms.core import (
    CallableWrapperDoFn,
    _RestrictionDoFnParam,
    _StateDoFnParam,
    _TimerDoFnParam,
)
from apache_beam.transforms.external import ExternalTransform
from apache_beam.transforms.ptransform import PTransform

from shipway.errors import ContractError

_REFUSED_PARAMETERS = (
    (_TimerDoFnParam, "sets timers"),
    (_StateDoFnParam, "keeps state per key"),
    (_RestrictionDoFnParam, "is splittable"),
)


class CannotRunEagerly(ContractError):
    """A transform needs what only a full Beam runner has."""

    def __init__(self, label: str, reason: str):
        super().__init__(
            f"The in-process Beam runner cannot run {label!r}: {reason}; run this pipeline on Beam's DirectRunner, "
            "or on a cluster runner (Flink, Spark, Dataflow)."
        )


def refusal_reason(transform: PTransform) -> str | None:
    """Why this transform cannot run in process, or None when it can."""
    if isinstance(transform, ExternalTransform):
        return "it is an external transform, which another language's service expands and runs"
    if isinstance(transform, TestStream):
        return "it is an unbounded source (TestStream)"
    if isinstance(transform, beam.io.Read):
        return None if transform.source.is_bounded() else f"its source {type(transform.source).__name__} is unbounded"
    if isinstance(transform, beam.WindowInto):
        windowing = transform.windowing
        return None if windowing.is_default() else f"it windows into {type(windowing.windowfn).__name__}"
    if isinstance(transform, beam.ParDo):
        return _dofn_refusal(transform.fn)
    return None


def is_bounded_read(transform: PTransform) -> bool:
    """Whether the transform reads a source that ends, which the runner iterates as it is."""
    return isinstance(transform, beam.io.Read) and isinstance(transform.source, iobase.BoundedSource)


def _dofn_refusal(fn: beam.DoFn) -> str | None:
    name = type(fn).__name__
    if isinstance(fn, CallableWrapperDoFn):
        return _parameters_refusal(name, [fn._fn, fn._process_argspec_fn()])
    kind: Any = type(fn)
    return _class_refusal(kind)


@functools.cache
def _class_refusal(kind: Any) -> str | None:
    if kind.process is beam.DoFn.process or getattr(kind.process, "_beam_yields_batches", False):
        return f"the DoFn {kind.__name__} processes or yields batches"
    return _parameters_refusal(kind.__name__, [getattr(kind, name, None) for name in dir(kind)])


def parameter_defaults(function: Any) -> list[Any]:
    """The default values of a function's parameters; what Beam is to fill in is declared there."""
    while isinstance(function, functools.partial):
        function = function.func
    defaults = getattr(function, "__defaults__", None) or ()
    return [*defaults, *(getattr(function, "__kwdefaults__", None) or {}).values()]


def _parameters_refusal(name: str, functions: Iterable[Any]) -> str | None:
    for default in (default for function in functions for default in parameter_defaults(function)):
        for kind, reason in _REFUSED_PARAMETERS:
            if isinstance(default, kind):
                return f"the DoFn {name} {reason}"
    return None
