"""Nothing is computed for callers who have hung up."""

import asyncio
import threading

from shipway.serving.batching.rules import BatchingRules
from shipway.serving.faults import Code

BODY = b'{"signature_name": "total", "inputs": [1]}'


class Caller:
    """Sends a request, and hangs up when it is told to."""

    def __init__(self) -> None:
        self.hung_up = asyncio.Event()
        self.listeners = 0
        self._has_sent = False

    async def receive(self):
        if not self._has_sent:
            self._has_sent = True
            return {"type": "http.request", "body": BODY}
        self.listeners += 1
        await self.hung_up.wait()
        return {"type": "http.disconnect"}


class GatedModel:
    """A model that answers when it is let."""

    def __init__(self, model) -> None:
        self.platform, self.signatures, self.close = model.platform, model.signatures, model.close
        self.gate = threading.Event()
        self.calls = 0
        self._model = model

    def call(self, signature, feed):
        self.calls += 1
        self.gate.wait(timeout=30)
        return self._model.call(signature, feed)


def test_a_request_whose_caller_is_gone_is_passed_over(rest_server, arithmetic_model):
    async def scenario():
        rest = rest_server()
        codes = []
        rest.plane._observers = (Codes(codes),)
        model = GatedModel(arithmetic_model())
        rest.serve("m", 1, model, BatchingRules(enabled=False))
        running, waiting = Caller(), Caller()
        answered, abandoned = (
            asyncio.create_task(rest.ask("POST", "/v1/models/m:predict", receive=caller.receive))
            for caller in (running, waiting)
        )
        while not (running.listeners and waiting.listeners):
            await asyncio.sleep(0.005)
        waiting.hung_up.set()
        assert (await abandoned).status == 0
        assert codes == [Code.CANCELLED]
        model.gate.set()
        assert (await answered).status == 200
        assert (running.listeners, waiting.listeners, model.calls) == (1, 1, 1)
        assert codes == [Code.CANCELLED, Code.OK]
        while rest.app._watch._timer is not None:
            await asyncio.sleep(0.005)
        assert rest.plane.in_flight == 0
        assert rest.app._watch._watchers == {}

    asyncio.run(asyncio.wait_for(scenario(), timeout=20))


def test_a_quick_request_is_not_watched(rest_server, arithmetic_model):
    async def scenario():
        rest = rest_server()
        rest.serve("m", 1, arithmetic_model())
        caller = Caller()
        assert (await rest.ask("POST", "/v1/models/m:predict", receive=caller.receive)).status == 200
        assert caller.listeners == 0

    asyncio.run(scenario())


class Codes:
    """An observer that keeps the codes."""

    def __init__(self, codes) -> None:
        self.codes = codes

    def opened(self, call) -> None: ...

    def closed(self, call, code) -> None:
        self.codes.append(code)

    def refused(self, transport, model, code) -> None: ...

    def ran(self, servable, batch) -> None: ...
