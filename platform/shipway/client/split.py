"""A/B tests by the client: each caller's key decides once and for all which model answers it.

A server can split traffic itself, between versions of one model. This is for arms that the server does not know to
be one: other models, other servers, other frameworks.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from shipway.client.answers import Prediction
from shipway.client.async_client import AsyncClient
from shipway.client.client import Client
from shipway.client.errors import BadRequest
from shipway.client.requests import Columns, Rows

AnyClient = TypeVar("AnyClient", Client, AsyncClient)
Key = str | Callable[[Rows | Columns], object] | None


class BadWeights(BadRequest):
    """Weights that do not say how to divide."""

    def __init__(self, weights: Mapping[str, float], arms: Sequence[str]) -> None:
        super().__init__(
            f"The weights {dict(weights)} do not divide the arms {', '.join(arms)}: give each arm a number that is 0 "
            "or more, and at least one of them more than 0."
        )


class NoKey(BadRequest):
    """A request of which nobody can say whose it is."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}: pass key=..., which stands for the caller, such as a user's id.")


class Assignment:
    """Keys to arms: the same key always has the same arm, whichever process asks, as long as arms and weights stay.

    A key's place in [0, 1) is the first 8 bytes of SHA-256 over the salt and the key; the arms divide that line in
    their order, each by its weight. Another salt makes another, independent test of the same callers.
    """

    def __init__(self, arms: Sequence[str], weights: Mapping[str, float] | None, salt: str) -> None:
        given = dict.fromkeys(arms, 1.0) if weights is None else weights
        numbers = [given.get(arm, math.nan) for arm in arms]
        if given.keys() != set(arms) or not all(0 <= one < math.inf for one in numbers) or not sum(numbers):
            raise BadWeights(given, arms)
        self._salt = salt
        self._ends: list[tuple[float, str]] = []
        end = 0.0
        for arm, weight in zip(arms, numbers, strict=True):
            end += weight / sum(numbers)
            if weight:
                self._ends.append((end, arm))

    def arm(self, key: object) -> str:
        """The arm of a caller."""
        digest = hashlib.sha256(f"{self._salt}\0{key}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64
        return next((arm for end, arm in self._ends if place < end), self._ends[-1][1])


class _Split(Generic[AnyClient]):
    """What both splits are made of.

    Args:
        clients: the arms by name.
        weights: for each arm its share, relative to the others; equal shares by default.
        key: what stands for the caller in a request: the name of an input, which is then the same in all its rows, or
            a function of the inputs. A `key` given with a request comes before it.
        salt: the name of the test.
    """

    def __init__(
        self,
        clients: Mapping[str, AnyClient],
        weights: Mapping[str, float] | None = None,
        key: Key = None,
        salt: str = "",
    ) -> None:
        self.clients: dict[str, AnyClient] = dict(clients)
        self._assignment = Assignment(list(self.clients), weights, salt)
        self._key = key

    def arm_of(self, key: object) -> str:
        """The arm of a caller."""
        return self._assignment.arm(key)

    def _choose(self, inputs: Rows | Columns, key: object | None) -> tuple[str, AnyClient]:
        found = _found_key(self._key, inputs) if key is None else key
        arm = self._assignment.arm(found)
        return arm, self.clients[arm]


class ClientSplit(_Split[Client]):
    """Arms behind `Client`s."""

    def predict(self, inputs: Rows | Columns, *, key: object | None = None, **options: Any) -> Prediction:
        """Ask the caller's arm, which the prediction names; options and errors are `Client.predict`'s.

        Raises:
            NoKey: nothing says who the caller is.
        """
        arm, client = self._choose(inputs, key)
        return replace(client.predict(inputs, **options), arm=arm)


class AsyncClientSplit(_Split[AsyncClient]):
    """Arms behind `AsyncClient`s."""

    async def predict(self, inputs: Rows | Columns, *, key: object | None = None, **options: Any) -> Prediction:
        """See `ClientSplit.predict`."""
        arm, client = self._choose(inputs, key)
        return replace(await client.predict(inputs, **options), arm=arm)


def _found_key(key: Key, inputs: Rows | Columns) -> object:
    if key is None:
        raise NoKey("Nothing says who the caller of this request is")
    if callable(key):
        return key(inputs)
    try:
        values = inputs[key] if isinstance(inputs, Mapping) else [row[key] for row in inputs]
        found = {str(value) for value in values}
    except (KeyError, TypeError, IndexError) as error:
        raise NoKey(f"The request has no input {key!r} that would say who its caller is") from error
    if len(found) != 1:
        raise NoKey(f"The rows of the request differ in {key!r}, so they are not one caller's")
    return found.pop()
