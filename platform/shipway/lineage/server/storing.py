"""A writing call on behalf of a caller who may ask for it again."""

from __future__ import annotations

from collections.abc import Mapping

from shipway.lineage.server.answer import ALREADY_EXISTS, OK, Answer
from shipway.lineage.server.engines import Engines
from shipway.lineage.server.methods import Method
from shipway.lineage.server.remembered import Remembered
from shipway.lineage.server.repetition import Repetition

REQUEST_ID = "x-shipway-request-id"
ATTEMPT = "x-shipway-attempt"
LONGEST_ID = 200


class Storing:
    """Makes writing calls, those with an id once."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._remembered = Remembered()
        self._repetition = Repetition(engines.call)

    async def call(self, method: Method, request: bytes, deadline: float, metadata: Mapping[str, str]) -> Answer:
        key = metadata.get(REQUEST_ID, "")[:LONGEST_ID]
        if not key:
            return await self._engines.call(method, request, deadline)
        is_repeated = metadata.get(ATTEMPT, "1").strip() not in ("", "0", "1")
        asked = method.name.encode() + b"\0" + request
        return await self._remembered.once(key, asked, lambda: self._made(method, request, is_repeated))

    async def _made(self, method: Method, request: bytes, is_repeated: bool) -> Answer:
        answer = await self._engines.call_to_the_end(method, request)
        if answer.code == ALREADY_EXISTS and is_repeated:
            response = await self._repetition.answer(method, request)
            if response is not None:
                return Answer(OK, "", response)
        return answer
