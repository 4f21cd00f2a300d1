"""The annotations that turn a function's parameters into a step's interface.

def trainer(examples: Input[Examples], model: Output[Model], module_file: ModuleFile,
            base_model: Input[Model] | None = None, train_args: dict = {}) -> None: ...
"""

from __future__ import annotations

from typing import Annotated, TypeVar

T = TypeVar("T")


class Marker:
    """What an annotation of the step contract stands for."""

    def __init__(self, meaning: str) -> None:
        self.meaning = meaning

    def __repr__(self) -> str:
        return self.meaning


INPUT = Marker("Input")
OUTPUT = Marker("Output")
MODULE_FILE = Marker("ModuleFile")

Input = Annotated[T, INPUT]
"""An artifact, or `Input[list[T]]` for several, that the step reads."""

Output = Annotated[T, OUTPUT]
"""An artifact that the step writes: a fresh folder at `.path`, published when the step has succeeded, or as evidence
of its `StepVerdict`."""

ModuleFile = Annotated[str, MODULE_FILE]
"""A user's module: the path of a .py file, or a dotted module name. Its content is part of the cache key."""
