"""How the requests for one model are divided between its versions.

An arm whose version is not available leaves its requests to the other arms, in proportion to their weights; keys that
belong to those stay where they are. Where no arm is left, requests are refused as not ready: no version answers that
the configuration does not name.

A key that is an input is known only after the inputs were decoded, by the signature of an arm that was chosen by
chance. When the key's own arm takes other inputs under that signature, or has no such signature, the request stays
where it was decoded: a caller never fails by how traffic is divided. The same goes for signatures that lack the input.
Both kinds of detours are counted.
"""

from __future__ import annotations

import numpy as np

from shipway.serving.call import Answer, Call
from shipway.serving.config.traffic import Arm, ModelTraffic
from shipway.serving.faults import NotReady
from shipway.serving.routing import Header
from shipway.serving.servable import Servable, ServedModel
from shipway.serving.traffic.arms import Arms, KeyHash
from shipway.serving.traffic.counts import TrafficCounts
from shipway.serving.traffic.mirror import Mirror
from shipway.serving.traffic.targets import find_target, matching_signature

LATEST = "latest"
"""The arm's name where only a shadow is configured, and the latest version answers."""


class NoArmAvailable(NotReady):
    """None of the versions that may answer is loaded."""

    def __init__(self, model: str, arms: tuple[Arm, ...]) -> None:
        names = ", ".join(arm.name for arm in arms)
        super().__init__(
            f"No version of {model} is available for its traffic's arms ({names}): GET /v1/models/{model} says what "
            "they are waiting for."
        )


class Division:
    """The `Routing` of one model."""

    def __init__(self, name: str, traffic: ModelTraffic, mirror: Mirror | None, counts: TrafficCounts) -> None:
        self.traffic = traffic
        self._name = name
        self._arms = Arms(traffic.arms) if traffic.arms else None
        self._header = traffic.sticky.header if traffic.sticky else None
        self._input = traffic.sticky.input if traffic.sticky else None
        self._hash = KeyHash(name)
        self._mirror = mirror
        self._counts = counts
        self._left: dict[tuple[Arm, ...], Arms | None] = {}

    def choose(self, model: ServedModel, header: Header) -> tuple[Servable, str]:
        """Raises `NoVersionAvailable` or `NoArmAvailable`."""
        arms = self._arms
        if arms is None:
            return model.find(), LATEST
        key = header(self._header) if self._header is not None else None
        hashed = self._hash(key.encode()) if key else None
        arm = arms.by_chance() if hashed is None else arms.by_key(hashed)
        servable = find_target(model, arm.version, arm.label)
        return (servable, arm.name) if servable is not None else self._elsewhere(model, arm, hashed)

    def settle(self, model: ServedModel, call: Call) -> tuple[Servable, str]:
        """The arm of the call's key; whatever stands in its way leaves the call where it is."""
        arms = self._arms
        if self._input is None or arms is None:
            return call.servable, call.arm
        key = self._key(call, self._input)
        if key is None:
            return call.servable, call.arm
        hashed = self._hash(key)
        arm = arms.by_key(hashed)
        servable = find_target(model, arm.version, arm.label)
        name = arm.name
        if servable is None:
            try:
                servable, name = self._elsewhere(model, arm, hashed)
            except NoArmAvailable:
                return call.servable, call.arm
        if servable is call.servable:
            return servable, name
        if matching_signature(call.servable, servable, call.signature_name) is None:
            self._counts.fallbacks[self._name, name, "signature"] += 1
            return call.servable, call.arm
        return servable, name

    def answered(self, model: ServedModel, call: Call, answer: Answer) -> None:
        if self._mirror is not None:
            self._mirror.answered(model, call, answer)

    def _elsewhere(self, model: ServedModel, arm: Arm, hashed: int | None) -> tuple[Servable, str]:
        """Another arm, for a request whose own is not available."""
        self._counts.fallbacks[self._name, arm.name, "unavailable"] += 1
        gone: tuple[Arm, ...] = (arm,)
        while (arms := self._without(gone)) is not None:
            other = arms.by_chance() if hashed is None else arms.by_key(hashed)
            servable = find_target(model, other.version, other.label)
            if servable is not None:
                return servable, other.name
            gone = (*gone, other)
        raise NoArmAvailable(self._name, self.traffic.arms)

    def _without(self, gone: tuple[Arm, ...]) -> Arms | None:
        if gone not in self._left and self._arms is not None:
            self._left[gone] = self._arms.without(gone)
        return self._left[gone]

    @staticmethod
    def _key(call: Call, name: str) -> bytes | None:
        """The first value of an input, in bytes that do not depend on how it was sent; None where there is none."""
        column = call.feed.get(name)
        if column is None:
            return None
        value = column[0] if isinstance(column, list) else column.flat[0] if column.size else None
        if isinstance(value, bytes):
            return value
        if isinstance(value, str):
            return value.encode("utf-8", "surrogatepass")
        if value is None:
            return None
        dtype: type[np.generic] = call.servable.model.signatures[call.signature_name].inputs[name].numpy_dtype.type
        return dtype(value).tobytes()
