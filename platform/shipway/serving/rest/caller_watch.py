"""Notices callers who hang up while their requests wait, so that no work is done for them.

Watching costs a task for each request, and most are answered within milliseconds: so one timer looks after all of them,
and only a request that has waited for a while gets a watcher of its own.
"""

from __future__ import annotations

import asyncio
from time import monotonic

from shipway.serving.rest.exchange import Exchange

PATIENCE = 0.02
"""Seconds that a request waits before its caller is watched; two such periods at most."""


class CallerWatch:
    """What is being answered now."""

    def __init__(self) -> None:
        self._open: set[Exchange] = set()
        self._watchers: dict[Exchange, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, exchange: Exchange) -> None:
        """Look after an exchange from now on."""
        self._open.add(exchange)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._look)

    def end(self, exchange: Exchange) -> None:
        """It was answered."""
        self._open.discard(exchange)
        if self._watchers:
            watcher = self._watchers.pop(exchange, None)
            if watcher is not None:
                watcher.cancel()

    def _look(self) -> None:
        if not self._open:
            self._timer = None
            return
        late = monotonic() - PATIENCE
        for exchange in self._open:
            if exchange.arrived < late and exchange.call is not None and exchange not in self._watchers:
                self._watchers[exchange] = asyncio.create_task(self._watch(exchange))
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._look)

    @staticmethod
    async def _watch(exchange: Exchange) -> None:
        """Cancel what the exchange waits for when its caller goes; the batcher then passes it over."""
        is_gone = await exchange.caller_gone()
        call = exchange.call
        if is_gone and call is not None and call.future is not None and call.future.cancel():
            exchange.is_abandoned = True
