"""TensorFlow Serving's batching parameters, with its defaults and its rules.

The file is protobuf's text format; every line may be left away::

    max_batch_size { value: 128 }
    batch_timeout_micros { value: 0 }
    max_enqueued_batches { value: 100 }
    num_batch_threads { value: 8 }
    allowed_batch_sizes: 32
    allowed_batch_sizes: 128
    pad_variable_length_inputs: true
    enable_large_batch_splitting { value: true }
    max_execution_batch_size { value: 64 }
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from shipway.errors import InputError
from shipway.serving.config.protos import new_message
from shipway.serving.config.text_proto import parse_text_proto, place_of, read_text

WHAT = "batching parameters"

FILE_OF_A_MODEL = "batching_params.pbtxt"
"""Where a SavedModel brings parameters of its own."""


class InvalidBatchingParameters(InputError):
    """Parameters that no batch can be made by."""

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        super().__init__(f"{where[0].upper()}{where[1:]}: {problem}; {remedy}.")


def _processors() -> int:
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class BatchingParameters:
    """How requests are gathered into batches; a size counts rows."""

    max_batch_size: int = 1000
    """Rows of the largest request, and of the largest batch unless large requests are split."""

    batch_timeout_micros: int = 0
    """Microseconds that the first request of a batch waits for others."""

    max_enqueued_batches: int = 10
    """Batches that may wait; requests beyond them are refused."""

    num_batch_threads: int = field(default_factory=_processors)
    """Batches that run at once."""

    thread_pool_name: str = "batch_threads"
    """Name of the threads that run batches."""

    allowed_batch_sizes: tuple[int, ...] = ()
    """Sizes that a batch is padded to, ascending; empty: any size."""

    pad_variable_length_inputs: bool = False
    """Pad inputs whose other dimensions differ, instead of refusing to batch them."""

    enable_large_batch_splitting: bool = False
    """Divide requests over batches of at most `max_execution_batch_size`."""

    max_execution_batch_size: int | None = None
    """Rows of the largest batch where large requests are split; None: `max_batch_size`."""

    @property
    def largest_batch(self) -> int:
        """Rows of the largest batch that is run."""
        if self.enable_large_batch_splitting and self.max_execution_batch_size is not None:
            return self.max_execution_batch_size
        return self.max_batch_size


def read_batching_parameters(path: Path) -> BatchingParameters:
    """The parameters of a file; raises `UnreadableConfig`, `BrokenTextProto` and `InvalidBatchingParameters`."""
    return parse_batching_parameters(read_text(path, WHAT), place_of(path, WHAT))


def parse_batching_parameters(text: str, where: str = "the batching parameters") -> BatchingParameters:
    """`read_batching_parameters` of a text; `where` names it in sentences."""
    proto = parse_text_proto(text, new_message("BatchingParameters"), where)
    parameters = BatchingParameters(**_given(proto))
    _check(parameters, where)
    return parameters


def parameters_of_model(folder: Path, threads: BatchingParameters) -> BatchingParameters | None:
    """With `--enable_per_model_batching_parameters`: those of the version in `folder`, with the threads of `threads`.

    None where it brings none: then its requests are not batched.
    """
    path = folder / FILE_OF_A_MODEL
    if not path.is_file():
        return None
    own = read_batching_parameters(path)
    return replace(own, num_batch_threads=threads.num_batch_threads, thread_pool_name=threads.thread_pool_name)


def _given(proto: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for descriptor, value in proto.ListFields():
        if descriptor.name == "allowed_batch_sizes":
            values[descriptor.name] = tuple(value)
        else:
            values[descriptor.name] = value.value if hasattr(value, "value") else value
    return values


def _check(parameters: BatchingParameters, where: str) -> None:
    for name, least in (
        ("max_batch_size", 1),
        ("batch_timeout_micros", 0),
        ("max_enqueued_batches", 1),
        ("num_batch_threads", 1),
        ("max_execution_batch_size", 1),
    ):
        value = getattr(parameters, name)
        if value is not None and value < least:
            raise InvalidBatchingParameters(where, f"{name} is {value}", f"give {least} or more")
    if parameters.largest_batch > parameters.max_batch_size:
        raise InvalidBatchingParameters(
            where,
            f"max_execution_batch_size is {parameters.max_execution_batch_size}",
            f"give at most max_batch_size, which is {parameters.max_batch_size}",
        )
    _check_allowed(parameters, where)


def _check_allowed(parameters: BatchingParameters, where: str) -> None:
    sizes = parameters.allowed_batch_sizes
    if not sizes:
        return
    shown = ", ".join(map(str, sizes))
    if sizes[0] < 1 or any(after <= before for before, after in pairwise(sizes)):
        raise InvalidBatchingParameters(where, f"allowed_batch_sizes are {shown}", "give positive sizes, ascending")
    if sizes[-1] not in (parameters.max_batch_size, parameters.largest_batch):
        raise InvalidBatchingParameters(
            where,
            f"the last of allowed_batch_sizes is {sizes[-1]}",
            f"it must be the size of the largest batch, {parameters.largest_batch}",
        )
