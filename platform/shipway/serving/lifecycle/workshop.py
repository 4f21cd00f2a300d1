"""Loading and unloading from the event loop: turns, tries, and the threads in which the work is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic

from shipway.serving.config.model_config import ModelConfig
from shipway.serving.lifecycle.digests import RecordAwaited
from shipway.serving.lifecycle.faults import LoadFailed, VersionRefused
from shipway.serving.lifecycle.loader import LoadedVersion, VersionLoader
from shipway.serving.lifecycle.looking import Found, look_at
from shipway.serving.lifecycle.memory import give_back
from shipway.serving.lifecycle.settings import LifecycleSettings
from shipway.serving.model import Model
from shipway.serving.servable import Servable

log = logging.getLogger(__name__)

RECORD_SECONDS = 2.0
"""How long a version waits for the record of its digest: the Pusher writes it right after the version itself."""

RECORD_LOOK_SECONDS = 0.1

IDLE_LOOK_SECONDS = 0.05

IDLE_LOOKS = 100


class Workshop:
    """The threads of all models. Its methods are called in the event loop."""

    def __init__(self, loader: VersionLoader, settings: LifecycleSettings) -> None:
        self.loader = loader
        self._settings = settings
        self._turn = asyncio.Semaphore(settings.load_threads)
        self._loaders = ThreadPoolExecutor(settings.load_threads, "loader")
        self._unloader = ThreadPoolExecutor(1, "unloader")
        self._lookers = ThreadPoolExecutor(4, "looker")

    async def look(self, config: ModelConfig, watched: Mapping[int, Path]) -> Found:
        """Look for the versions of a model; see `look_at`."""
        work = partial(look_at, config, watched, self.loader.is_model)
        return await asyncio.get_running_loop().run_in_executor(self._lookers, work)

    async def load(
        self,
        folder: Path,
        platform: str,
        *,
        begun: Callable[[], None],
        failed: Callable[[LoadFailed, bool], None],
        files_changed: asyncio.Event,
    ) -> LoadedVersion | None:
        """Load a version, with as many tries as the settings say; None when it is given up.

        Args:
            begun: called when it is this version's turn.
            failed: told of each try that failed, and whether it was the last.
            files_changed: set when the version's files are not those of the last try, which makes another one due.
        """
        tries_left = self._settings.load_retries
        while True:
            try:
                return await self._load_recorded(folder, platform, begun)
            except LoadFailed as error:
                is_last = not tries_left or isinstance(error, VersionRefused)
                failed(error, is_last)
                if is_last:
                    return None
            try:
                await asyncio.wait_for(files_changed.wait(), self._settings.retry_seconds)
                tries_left = self._settings.load_retries
            except TimeoutError:
                tries_left -= 1

    async def unload(self, servable: Servable) -> None:
        """Free a version that was withdrawn, after its last request, or when they have had enough time."""
        try:
            async with asyncio.timeout(self._settings.drain_seconds):
                await servable.drained.wait()
        except TimeoutError:
            seconds, left = self._settings.drain_seconds, servable.in_flight
            log.warning("%s version %d: %d requests after %g s", servable.name, servable.version, left, seconds)
        for _ in range(IDLE_LOOKS):  # a batch may still run whose callers have all given up
            if servable.is_idle:
                break
            await asyncio.sleep(IDLE_LOOK_SECONDS)
        servable.stop()
        await self.free(servable)

    async def free(self, model: Model | Servable) -> None:
        """Free a model that nobody asks."""
        await asyncio.get_running_loop().run_in_executor(self._unloader, _free, model)

    def close(self) -> None:
        """Take no more work; what runs in a thread ends by itself."""
        for threads in (self._loaders, self._unloader, self._lookers):
            threads.shutdown(wait=False, cancel_futures=True)

    async def _load_recorded(self, folder: Path, platform: str, begun: Callable[[], None]) -> LoadedVersion:
        """One try, that waits for the record of the version's digest first."""
        give_up = monotonic() + RECORD_SECONDS
        while True:
            async with self._turn:
                begun()
                try:
                    return await self._in_thread(folder, platform, is_patient=monotonic() < give_up)
                except RecordAwaited:
                    pass
            await asyncio.sleep(RECORD_LOOK_SECONDS)

    async def _in_thread(self, folder: Path, platform: str, *, is_patient: bool) -> LoadedVersion:
        """A thread cannot be interrupted: what it loads after nobody wants it any more is freed."""
        work = self._loaders.submit(self.loader.load, folder, platform, is_patient=is_patient)
        try:
            return await asyncio.wrap_future(work)
        except asyncio.CancelledError:
            if not work.cancel():
                work.add_done_callback(_free_unwanted)
            raise


def _free(model: Model | Servable) -> None:
    try:
        model.close()
    except Exception:
        log.exception("a version could not be closed")
    give_back()


def _free_unwanted(work: Future[LoadedVersion]) -> None:
    """In the loader's thread."""
    if not work.cancelled() and work.exception() is None:
        _free(work.result().model)
