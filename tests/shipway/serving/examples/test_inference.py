"""Classify, regress and multi-inference on an open call, without a transport."""

import asyncio
from dataclasses import dataclass, field

import numpy as np
import pytest

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.examples.inference import Task, TaskResult, UnfitTasks, classify, multi_inference, regress
from shipway.serving.examples.inputs import NoExamples, with_context
from shipway.serving.examples.signatures import CLASSIFY_METHOD, REGRESS_METHOD
from shipway.serving.faults import InvalidRequest, Unsupported
from shipway.serving.plane import DataPlane
from shipway.serving.servable import Catalog, Servable, ServedModel

STRINGS = TensorSpec("inputs", "string", (None,))
FIXED = TensorSpec("inputs", "string", (3,))


@dataclass
class LengthModel:
    """Scores and values are the lengths of the examples."""

    platform = "lengths"
    calls: list[str] = field(default_factory=list)
    signatures = {
        "classify": Signature("classify", {"inputs": STRINGS}, {"scores": TensorSpec("scores", "float32", (None, 1))}),
        "regress": Signature("regress", {"inputs": STRINGS}, {"outputs": TensorSpec("outputs", "float32", (None,))}),
        "three": Signature("three", {"inputs": FIXED}, {"outputs": TensorSpec("outputs", "float32", (3,))}),
    }

    def call(self, signature, feed):
        self.calls.append(signature.name)
        lengths = np.array([len(text) for text in feed["inputs"]], np.float32)
        return {"scores": lengths[:, None]} if signature.name == "classify" else {"outputs": lengths}

    def close(self): ...


@pytest.fixture
def model():
    return LengthModel()


@pytest.fixture
def ask(model):
    """Calls a function with the plane and a call of the model."""

    async def play(function, *args):
        plane = DataPlane(Catalog())
        served = plane.catalog.models["m"] = ServedModel("m")
        served.publish(Servable("m", 1, model, BatchingRules(), asyncio.get_running_loop(), plane.ran))
        with plane.open("m", None, None, transport="test", header=lambda name: None) as call:
            return await function(plane, call, *args)

    return lambda *args: asyncio.run(play(*args))


def test_examples_are_classified_and_regressed(ask):
    assert ask(classify, "classify", [b"x", b"xyz"]) == [[("", 1.0)], [("", 3.0)]]
    assert ask(regress, "regress", [b"x", b"xyz"]) == [1.0, 3.0]


def test_a_fixed_number_of_examples_is_held_to(ask):
    assert ask(regress, "three", [b"x"] * 3) == [1.0] * 3
    with pytest.raises(InvalidRequest, match=r"has the shape \[2\] and the signature takes string\[3\]"):
        ask(regress, "three", [b"x"] * 2)


def test_tasks_are_answered_in_their_order(ask, model):
    tasks = [Task("m", "regress", REGRESS_METHOD), Task("m", "classify", CLASSIFY_METHOD)]
    assert ask(multi_inference, tasks, [b"xy"]) == [
        TaskResult(regressions=[2.0]),
        TaskResult(classifications=[[("", 2.0)]]),
    ]
    assert model.calls == ["regress", "classify"]


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (Task("m", "regress", REGRESS_METHOD), UnfitTasks),
        (Task("n", "classify", CLASSIFY_METHOD), UnfitTasks),
        (Task("m", "regress", "no"), UnfitTasks),
        (Task("m", "classify", "no"), Unsupported),
        (Task("m", "", CLASSIFY_METHOD), InvalidRequest),
    ],
)
def test_no_task_runs_before_all_are_known_to_be_right(ask, model, second, error):
    with pytest.raises(error):
        ask(multi_inference, [Task("m", "regress", REGRESS_METHOD), second], [b"x"])
    assert model.calls == []


def test_a_context_lies_beneath_every_example():
    assert with_context([b"a", b"b"], b"c") == [b"ca", b"cb"]
    assert with_context([b"a"]) == [b"a"]
    with pytest.raises(NoExamples, match="Input is empty: send at least one example"):
        with_context([], b"c")
