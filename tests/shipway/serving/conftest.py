"""What the tests of serving share."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

import numpy as np
import pytest

from shipway.data.model.signature import Signature, TensorSpec

PREDICT = "tensorflow/serving/predict"


class ArithmeticModel:
    """`serving_default` gives `doubled` [rows] of `x`, and echoes `name`; `sums` adds up `values` [rows, any].

    It fails on a negative infinity, takes `seconds` for a batch, and keeps the sizes of the batches that it saw.
    """

    platform = "arithmetic"

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.sizes: list[int] = []
        self.threads: set[str] = set()
        self.is_closed = False
        self.signatures: Mapping[str, Signature] = {
            "serving_default": Signature(
                "serving_default",
                {"name": TensorSpec("name", "string", (None,)), "x": TensorSpec("x", "float32", (None,))},
                {"doubled": TensorSpec("doubled", "float32", (None,)), "echo": TensorSpec("echo", "string", (None,))},
                PREDICT,
            ),
            "sums": Signature(
                "sums",
                {"values": TensorSpec("values", "int64", (None, None))},
                {"sum": TensorSpec("sum", "int64", (None,))},
                PREDICT,
            ),
            "total": Signature(
                "total",
                {"x": TensorSpec("x", "float32", (None,))},
                {"total": TensorSpec("total", "float32", ())},
                PREDICT,
            ),
            "mean": Signature(
                "mean",
                {"x": TensorSpec("x", "float32", (None,))},
                {"mean": TensorSpec("mean", "float32", None)},
                PREDICT,
            ),
        }

    def call(self, signature: Signature, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.sizes.append(len(next(iter(feed.values()))))
        self.threads.add(threading.current_thread().name)
        if self.seconds:
            time.sleep(self.seconds)
        if signature.name == "sums":
            return {"sum": feed["values"].sum(axis=1)}
        if np.isneginf(feed["x"]).any():
            raise ArithmeticError("negative infinity")
        if signature.name in ("total", "mean"):
            return {signature.name: np.float32(getattr(feed["x"], "sum" if signature.name == "total" else "mean")())}
        echo = np.array([text if isinstance(text, bytes) else text.encode() for text in feed["name"]], object)
        return {"doubled": feed["x"] * 2, "echo": echo}

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture(scope="session")
def arithmetic_model() -> type[ArithmeticModel]:
    """A model in numpy, for tests of what lies around models; made with the seconds that a batch takes."""
    return ArithmeticModel
