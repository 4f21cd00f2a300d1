"""The running form of each transform: a receiver that takes one element at a time and pushes on what it makes of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.internal.util import insert_values_in_args
from apache_beam.runners.common import DoFnRunner, Receiver
from apache_beam.transforms.core import CallableWrapperDoFn, Windowing, _DoFnParam
from apache_beam.transforms.window import GlobalWindows, TimestampedValue
from apache_beam.utils.windowed_value import WindowedValue

from shipway.data.beam.graph import Node
from shipway.data.beam.refusals import parameter_defaults


def in_global_window(value: Any) -> WindowedValue:
    """`value` as an element of the one window there is."""
    return GlobalWindows.windowed_value(value)


class FanOut(Receiver):
    """Hands each element to several receivers, in order."""

    def __init__(self, receivers: list[Receiver]):
        self._receivers = receivers

    def receive(self, windowed_value: WindowedValue) -> None:
        for receiver in self._receivers:
            receiver.receive(windowed_value)


class Held(Receiver):
    """Keeps the elements of a collection that a later pass reads."""

    def __init__(self) -> None:
        self.elements: list[WindowedValue] = []

    def receive(self, windowed_value: WindowedValue) -> None:
        self.elements.append(windowed_value)


def one_receiver(receivers: list[Receiver]) -> Receiver:
    """All of `receivers` as one."""
    return receivers[0] if len(receivers) == 1 else FanOut(receivers)


class DoFnOperation(Receiver):
    """Runs a DoFn through its life: set-up, one bundle with every element, tear-down."""

    def __init__(self, node: Node, receivers: TaggedReceivers, sides: list[SideInput]):
        transform = node.transform
        self._label = node.label
        windowing = Windowing(GlobalWindows())
        fn = own_copy(transform.fn)
        self._runner = DoFnRunner(fn, transform.args, transform.kwargs, sides, windowing, receivers)

    def start(self) -> None:
        with naming(self._label):
            self._runner.setup()
            self._runner.start()

    def receive(self, windowed_value: WindowedValue) -> None:
        try:
            self._runner.process(windowed_value)
        except Exception as error:
            name_transform(error, self._label)
            raise

    def finish(self) -> None:
        with naming(self._label):
            self._runner.finish()
            self._runner.finalize()

    def close(self) -> None:
        self._runner.teardown()


class CallableOperation(Receiver):
    """Calls the function of a Map or FlatMap; it has no life cycle and takes nothing but its element and arguments."""

    def __init__(self, node: Node, receivers: TaggedReceivers, sides: list[SideInput]):
        transform = node.transform
        self._label = node.label
        self._function = transform.fn.process
        views = [side[None] for side in sides]
        self._args, self._kwargs = insert_values_in_args(transform.args, transform.kwargs, views)
        self._receivers = receivers
        self._main = receivers[None]

    @staticmethod
    def runs(fn: beam.DoFn) -> bool:
        """Whether a DoFn is a plain function, without parameters for Beam to fill in."""
        if not isinstance(fn, CallableWrapperDoFn):
            return False
        return not any(isinstance(default, _DoFnParam) for default in parameter_defaults(fn._process_argspec_fn()))

    def receive(self, windowed_value: WindowedValue) -> None:
        try:
            for result in self._function(windowed_value.value, *self._args, **self._kwargs) or ():
                if isinstance(result, pvalue.TaggedOutput):
                    self._receivers[result.tag].receive(_windowed(result.value, windowed_value))
                else:
                    self._main.receive(_windowed(result, windowed_value))
        except Exception as error:
            name_transform(error, self._label)
            raise


def _windowed(result: Any, source: WindowedValue) -> WindowedValue:
    if isinstance(result, WindowedValue):
        return result
    if isinstance(result, TimestampedValue):
        return GlobalWindows.windowed_value(result.value, result.timestamp)
    return source.with_value(result)


class SideInput:
    """A complete collection in the view in which a DoFn asked for it; what DoFnRunner indexes by window."""

    def __init__(self, side: pvalue.AsSideInput, elements: Iterable[WindowedValue]):
        values = [element.value for element in elements]
        self._view = type(side)._from_runtime_iterable(values, side._view_options())

    def __getitem__(self, window: Any) -> Any:
        return self._view

    def is_globally_windowed(self) -> bool:
        return True


class TaggedReceivers(dict[Any, Receiver]):
    """Receivers by output tag; what nobody reads goes nowhere."""

    def __init__(self, receivers: dict[str | int | None, Receiver]):
        super().__init__(receivers)
        self.setdefault(None, FanOut([]))

    def __missing__(self, tag: Any) -> Receiver:
        return FanOut([])


def own_copy(fn: Any) -> Any:
    """A copy with attributes of its own, as each worker of a cluster has one: the pipeline can then run again."""
    copy = object.__new__(type(fn))
    copy.__dict__.update(object.__getattribute__(fn, "__dict__"))
    return copy


@contextlib.contextmanager
def naming(label: str) -> Iterator[None]:
    """Names the transform in what is raised inside."""
    try:
        yield
    except Exception as error:
        name_transform(error, label)
        raise


def name_transform(error: Exception, label: str) -> None:
    """Notes on the error the innermost transform in which it was raised; elements pass through many on the way out."""
    if not any(note.startswith("while running ") for note in getattr(error, "__notes__", [])):
        error.add_note(f"while running {label!r}")
