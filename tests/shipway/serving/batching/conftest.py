"""A batcher on a bench: the arithmetic model behind it, and what it did within reach."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

import pytest

from shipway.serving.batching.batch import Batch
from shipway.serving.batching.batcher import Batcher
from shipway.serving.batching.rules import BatchingRules
from shipway.serving.call import Call


class Bench:
    """A batcher over a model that takes `seconds` for a batch, and calls for it; made within the loop that runs it.

    A model that takes no time is known as quick from the beginning. `batches` are those that were run.
    """

    def __init__(
        self,
        rules: BatchingRules | None = None,
        *,
        model: Callable[[float], Any],
        seconds: float = 0.0,
        signature: str = "",
    ) -> None:
        self.model = model(seconds)
        self.batches: list[Batch] = []
        self.signature = self.model.signatures[signature or "serving_default"]
        self.batcher = Batcher(
            self.model.call, self.signature, rules or BatchingRules(), asyncio.get_running_loop(), self.batches.append
        )
        if not seconds:
            for size in (1, 2, 4, 8, 16, 32, 64, 128, 256):
                self.batcher.expect(size, 0.0001)

    def ask(
        self, feed: Any, rows: int = 1, seconds: float = 10.0, is_solo: bool = False, is_alone: bool = False
    ) -> asyncio.Future[Any]:
        call = Call(None, None, "", "id", "test", monotonic(), monotonic() + seconds)
        call.feed, call.rows, call.is_solo, call.is_alone = feed, rows, is_solo, is_alone
        return self.batcher.submit(call)

    def ask_row(self, x: float, **options: Any) -> asyncio.Future[Any]:
        return self.ask({"name": [f"row {x}"], "x": [x]}, **options)


@pytest.fixture
def new_bench(arithmetic_model: Any) -> Callable[..., Bench]:
    """Makes a bench of the arithmetic model: `new_bench(rules, seconds=0.02, signature="sums")`."""
    return partial(Bench, model=arithmetic_model)
