"""Classify, regress and multi-inference on an open call: checks, the model, and the answer as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.data.model.signature import SERVING_DEFAULT, Signature, TensorSpec
from shipway.serving.call import Answer, Call
from shipway.serving.examples.results import ScoredClass, classifications, regressions
from shipway.serving.examples.signatures import (
    CLASSIFY_METHOD,
    REGRESS_METHOD,
    check_classification,
    check_regression,
)
from shipway.serving.faults import InvalidRequest, Unsupported
from shipway.serving.plane import DataPlane
from shipway.serving.tensor_shapes import WrongShape, fits


class UnfitTasks(InvalidRequest):
    """Tasks that cannot be done in one request."""


class UnknownMethod(Unsupported):
    """A task that is neither classification nor regression."""

    def __init__(self, method: str) -> None:
        super().__init__(
            f"Unsupported signature method_name: {method or 'empty'}: ask for {CLASSIFY_METHOD} or {REGRESS_METHOD}."
        )


@dataclass(frozen=True)
class Task:
    """One part of a multi-inference request: a model's name, a signature's (empty: the default) and a method's."""

    model: str
    signature_name: str
    method: str

    @property
    def signature(self) -> str:
        return self.signature_name or SERVING_DEFAULT


@dataclass(frozen=True)
class TaskResult:
    """What one task gave: `classifications` or `regressions`, the other is None."""

    classifications: list[list[ScoredClass]] | None = None
    regressions: list[float] | None = None


async def classify(
    plane: DataPlane, call: Call, signature_name: str, examples: list[bytes], *, check_method: bool = False
) -> list[list[ScoredClass]]:
    """The classes of each serialized example, by a signature of the call's version.

    Raises:
        InvalidRequest: no such signature, one that does not classify, or examples that it cannot read.
        ServingFault: what `DataPlane.infer` raises.
    """
    signature = call.servable.signature(signature_name)
    spec = check_classification(signature, check_method=check_method)
    answer = await _ask(plane, call, signature, spec, examples)
    return classifications(answer.arrays(), len(examples))


async def regress(
    plane: DataPlane, call: Call, signature_name: str, examples: list[bytes], *, check_method: bool = False
) -> list[float]:
    """The value of each serialized example, by a signature of the call's version; raises as `classify` does."""
    signature = call.servable.signature(signature_name)
    spec = check_regression(signature, check_method=check_method)
    answer = await _ask(plane, call, signature, spec, examples)
    return regressions(answer.arrays(), len(examples))


async def multi_inference(
    plane: DataPlane, call: Call, tasks: Sequence[Task], examples: list[bytes], *, check_method: bool = False
) -> list[TaskResult]:
    """The results of several tasks on the same examples and the same version, in the order of the tasks.

    All tasks are checked before the first one runs.

    Raises:
        UnfitTasks: they are for several models, or one signature is asked twice.
        UnknownMethod: a task is neither classification nor regression.
        InvalidRequest, ServingFault: as `classify`.
    """
    _check_tasks(call, tasks, check_method)
    results = []
    for task in tasks:
        if task.method == CLASSIFY_METHOD:
            classes = await classify(plane, call, task.signature, examples, check_method=check_method)
            results.append(TaskResult(classifications=classes))
        else:
            values = await regress(plane, call, task.signature, examples, check_method=check_method)
            results.append(TaskResult(regressions=values))
    return results


def _check_tasks(call: Call, tasks: Sequence[Task], check_method: bool) -> None:
    seen: set[str] = set()
    for task in tasks:
        if not task.model:
            raise UnfitTasks("Found ModelSpec with an empty model name: name the model in each task.")
        if task.model != tasks[0].model:
            raise UnfitTasks(
                "All ModelSpecs in a MultiInferenceRequest must access the same model name: "
                f"{task.model!r} is not {tasks[0].model!r}."
            )
        if task.signature in seen:
            raise UnfitTasks(f"Duplicate evaluation of signature: {task.signature}: name each signature once.")
        seen.add(task.signature)
        signature = call.servable.signature(task.signature)
        if task.method == CLASSIFY_METHOD:
            check_classification(signature, check_method=check_method)
        elif task.method == REGRESS_METHOD:
            check_regression(signature, check_method=check_method)
        else:
            raise UnknownMethod(task.method)


async def _ask(plane: DataPlane, call: Call, signature: Signature, spec: TensorSpec, examples: list[bytes]) -> Answer:
    if not fits((len(examples),), spec):
        raise WrongShape(spec.name, (len(examples),), spec)
    return await plane.infer(call, signature, {spec.name: examples}, len(examples))
