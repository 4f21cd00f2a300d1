"""A writing call that comes again and says so, after the server that made it first was replaced.

The engine says ALREADY_EXISTS. Where everything that the call would store is there, as the call has it, the call was
made, and is answered with the ids of then.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from shipway.lineage.server.answer import OK, Answer
from shipway.lineage.server.methods import BY_NAME, Method

KINDS = {"PutArtifacts": "Artifact", "PutExecutions": "Execution", "PutContexts": "Context"}
STATES = {"Artifact": "state", "Execution": "last_known_state"}
DIGITS = 1e-5
"""How exactly the engine stores numbers: it writes them as decimals."""

Asking = Callable[[Method, bytes], Awaitable[Answer]]


class Repetition:
    """Finds what a call stored earlier.

    Args:
        ask: calls a reading method of ML Metadata.
    """

    def __init__(self, ask: Asking) -> None:
        self._ask = ask

    async def answer(self, method: Method, request: bytes) -> bytes | None:
        """The response to a call that was made before; None when it was not, or not like this."""
        message = method.request.FromString(request)
        if method.name == "PutExecution":
            return await self._put_execution(method, message)
        if method.name in KINDS:
            return await self._put_nodes(method, message)
        return None

    async def _put_nodes(self, method: Method, message: Any) -> bytes | None:
        kind = KINDS[method.name]
        plural = f"{kind.lower()}s"
        ids = []
        for node in getattr(message, plural):
            stored = await self._stored(kind, node)
            if stored is None:
                return None
            ids.append(stored.id)
        return bytes(method.response(**{f"{kind.lower()}_ids": ids}).SerializeToString())

    async def _put_execution(self, method: Method, message: Any) -> bytes | None:
        execution = await self._stored("Execution", message.execution)
        if execution is None:
            return None
        artifacts = await self._artifact_ids(execution.id, message.artifact_event_pairs)
        contexts = await self._context_ids(execution.id, message.contexts)
        if artifacts is None or contexts is None:
            return None
        response = method.response(execution_id=execution.id, artifact_ids=artifacts, context_ids=contexts)
        return bytes(response.SerializeToString())

    async def _artifact_ids(self, execution_id: int, pairs: Sequence[Any]) -> list[int] | None:
        """The artifacts of the call's events, in the call's order; None when one is missing."""
        events = await self._get("GetEventsByExecutionIDs", execution_ids=[execution_id])
        linked = {(event.artifact_id, event.type) for event in events.events}
        found = await self._get("GetArtifactsByID", artifact_ids=sorted({artifact for artifact, _ in linked}))
        ids: list[int] = []
        for pair in pairs:
            known = pair.artifact.id or pair.event.artifact_id
            candidates = [
                one.id
                for one in found.artifacts
                if (one.id == known if known else one.id not in ids and _is_same("Artifact", one, pair.artifact))
                and (not pair.HasField("event") or (one.id, pair.event.type) in linked)
            ]
            if not candidates:
                return None
            ids.append(candidates[0])
        return ids

    async def _context_ids(self, execution_id: int, contexts: Sequence[Any]) -> list[int] | None:
        if not contexts:
            return []
        found = await self._get("GetContextsByExecution", execution_id=execution_id)
        by_name = {(one.type_id, one.name): one.id for one in found.contexts}
        known = {one.id for one in found.contexts}
        ids = [one.id if one.id in known else by_name.get((one.type_id, one.name)) for one in contexts]
        return None if None in ids else [int(one) for one in ids if one is not None]

    async def _stored(self, kind: str, node: Any) -> Any:
        """The stored node that `node` would be, when it is the same."""
        plural = f"{kind}s"
        if node.id:
            found = await self._get(f"Get{plural}ByID", **{f"{kind.lower()}_ids": [node.id]})
            candidates: Iterable[Any] = getattr(found, plural.lower())
        elif node.external_id:
            found = await self._get(f"Get{plural}ByExternalIds", external_ids=[node.external_id])
            candidates = getattr(found, plural.lower())
        elif node.name:
            types = await self._get(f"Get{kind}TypesByID", type_ids=[node.type_id])
            names = [one.name for one in getattr(types, f"{kind.lower()}_types")]
            fields = {"type_name": names[0] if names else "", f"{kind.lower()}_name": node.name}
            found = await self._get(f"Get{kind}ByTypeAndName", **fields)
            candidates = [getattr(found, kind.lower())]
        else:
            return None
        return next((one for one in candidates if _is_same(kind, one, node)), None)

    async def _get(self, name: str, **fields: Any) -> Any:
        """The response to a reading call; an empty one where the call is refused, as it is for an unknown id."""
        method = BY_NAME[name]
        answer = await self._ask(method, method.request(**fields).SerializeToString())
        return method.response.FromString(answer.data if answer.code == OK else b"")


def _is_same(kind: str, stored: Any, given: Any) -> bool:
    """Whether a stored node is what a call would have stored."""
    fields = ["name", "external_id", *(["uri"] if kind == "Artifact" else [])]
    if any(getattr(stored, field) != getattr(given, field) for field in fields):
        return False
    state = STATES.get(kind)
    if state is not None and given.HasField(state) and getattr(stored, state) != getattr(given, state):
        return False
    if given.type_id and stored.type_id != given.type_id:
        return False
    return _has_same_values(stored.properties, given.properties) and _has_same_values(
        stored.custom_properties, given.custom_properties
    )


def _has_same_values(stored: Any, given: Any) -> bool:
    return set(stored) == set(given) and all(_is_same_value(stored[name], given[name]) for name in given)


def _is_same_value(stored: Any, given: Any) -> bool:
    if stored.HasField("double_value") and given.HasField("double_value"):
        return math.isclose(stored.double_value, given.double_value, rel_tol=DIGITS, abs_tol=DIGITS)
    return bool(stored == given)
