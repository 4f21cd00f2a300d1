"""One model that is configured: what is served of it is brought in line with what its base path holds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shipway.errors import in_one_line
from shipway.serving.config.model_config import ModelConfig
from shipway.serving.faults import Code
from shipway.serving.lifecycle.changes import Changes
from shipway.serving.lifecycle.events import LifecycleEvents
from shipway.serving.lifecycle.faults import LoadFailed
from shipway.serving.lifecycle.loader import LoadedVersion
from shipway.serving.lifecycle.looking import Found
from shipway.serving.lifecycle.stamps import Stamp
from shipway.serving.lifecycle.statuses import set_status
from shipway.serving.lifecycle.transition import Standing, next_transition
from shipway.serving.lifecycle.workshop import Workshop
from shipway.serving.model import Model
from shipway.serving.servable import Servable, ServedModel, VersionState

log = logging.getLogger(__name__)

MakeServable = Callable[[str, int, Model, Path], Servable]
"""Wraps a model that was loaded, by the name of its model, its version and the folder that it came from."""

GIVEN_UP = "Loading was given up, because the version is no longer wanted."


@dataclass(frozen=True)
class Surroundings:
    """What all models share."""

    workshop: Workshop
    make_servable: MakeServable
    events: LifecycleEvents
    changes: Changes


@dataclass
class Load:
    """A version that is being loaded, waits for its turn, or for another try."""

    folder: Path
    files_changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    has_failed: bool = False
    stamp: Stamp | None = None
    """Of the files that the last try failed with."""


class ManagedModel:
    """The versions of one model. Everything here happens in the event loop.

    Attributes:
        config: as it is now.
        served: what requests see.
        is_wanted: False when the model is to be unloaded and to stay so.
    """

    def __init__(self, config: ModelConfig, surroundings: Surroundings) -> None:
        self.config = config
        self.served = ServedModel(config.name)
        self.served.labels = dict(config.labels)
        self.is_wanted = True
        self._around = surroundings
        self._is_stopped = False
        self._was_complete = False
        self._found: Found | None = None
        self._aspired: dict[int, Path] = {}
        self._missing: frozenset[int] = frozenset()
        self._loaded: dict[int, Path] = {}
        self._loads: dict[int, Load] = {}
        self._failed: dict[int, Load] = {}
        self._unloading: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_available(self) -> bool:
        """Whether any version can be asked."""
        return bool(self.served.servables)

    @property
    def is_ready(self) -> bool:
        """Whether it can be asked, and has been able to with all versions that were there at first: a canary that
        comes back with only one of its arms would send everybody to it."""
        if not self._was_complete:
            self._was_complete = self.is_available and all(load.has_failed for load in self._loads.values())
        return self._was_complete and self.is_available

    @property
    def is_settled(self) -> bool:
        """Whether a version can be asked, or none is coming as far as anybody knows: every load has failed once."""
        if self.is_available:
            return True
        return self._found is not None and all(load.has_failed for load in self._loads.values())

    @property
    def is_gone(self) -> bool:
        """Whether nothing of it is loaded, is being loaded or unloaded."""
        return not (self._loaded or self._loads or self._unloading)

    @property
    def problem(self) -> str:
        """Why no version can be asked; empty when one can."""
        if self.is_available:
            return ""
        if not self.is_wanted:
            return f"Model {self.config.name!r} was unloaded: load it again."
        failed = {version: status for version, status in self.served.statuses.items() if status.message}
        aspired = [version for version in failed if version in self._aspired]
        if aspired:
            latest = max(aspired)
            return f"Model {self.config.name!r} version {latest}: {failed[latest].message}"
        if self._loads:
            return f"Model {self.config.name!r} version {max(self._loads)} is being loaded."
        if self._found is not None and self._found.problem:
            return f"Model {self.config.name!r}: {self._found.problem}"
        return (
            f"Model {self.config.name!r} has no version for its policy ({self.config.policy}) in "
            f"{str(self.config.base_path)!r}: put a folder with a number as its name there."
        )

    def configure(self, config: ModelConfig) -> None:
        """Take another configuration; what it asks of versions counts at the next look."""
        self.config = config
        self.served.labels = dict(config.labels)

    async def look(self) -> None:
        """Look at the base path, and load and unload accordingly."""
        config = self.config
        watched = {version: load.folder for version, load in (self._failed | self._loads).items() if load.has_failed}
        found = await self._around.workshop.look(config, watched)
        if config is not self.config:
            return  # another look is under way
        self._tell_news(found)
        self._found = found
        if not found.problem:
            self._aspired = {version: found.folders[version] for version in config.policy.aspired(found.folders)}
            self._missing = config.policy.missing(found.folders)
        self._note_changed_files(found.stamps)
        self.reconcile()

    def forget_failures(self) -> None:
        """Let what was given up be tried again at the next look, and what waits for another try be tried now."""
        self._failed.clear()
        for load in self._loads.values():
            if load.has_failed:
                load.has_failed = False
                load.files_changed.set()

    def reconcile(self) -> None:
        """Begin what brings the versions closer to what is wanted."""
        if self._is_stopped:
            return
        aspired = self._aspired if self.is_wanted else {}
        self._failed = {version: load for version, load in self._failed.items() if aspired.get(version) == load.folder}
        transition = next_transition(
            Standing(
                aspired=aspired,
                loaded=self._loaded,
                loading={version: load.folder for version, load in self._loads.items()},
                failed=self._failed,
                unloading=self._unloading,
                is_awaited=self.is_wanted and bool(self._missing - set(self._loaded)),
            )
        )
        for version in transition.give_up:
            task = self._loads[version].task
            if task is not None:
                task.cancel()
        for version in transition.load:
            load = self._loads[version] = Load(aspired[version])
            self._note(version, VersionState.START)
            load.task = self._spawn(self._load(version, load))
        for version in transition.withdraw:
            self._withdraw(version)
        self._around.changes.tell()

    async def stop(self) -> None:
        """End what is under way; versions that can be asked stay so."""
        self._is_stopped = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _load(self, version: int, load: Load) -> None:
        def begun() -> None:
            self._note(version, VersionState.LOADING)

        def failed(error: LoadFailed, is_last: bool) -> None:
            load.has_failed, load.stamp = True, error.stamp
            load.files_changed.clear()
            state = VersionState.END if is_last else VersionState.LOADING
            self._tell_failure(version, state, error.code, str(error))

        log.info("loading %s version %d from %s", self.config.name, version, load.folder)
        self._around.events.loading(self.config.name, version)
        try:
            loaded = await self._around.workshop.load(
                load.folder, self.config.platform, begun=begun, failed=failed, files_changed=load.files_changed
            )
            if loaded is None or not await self._publish(version, load.folder, loaded):
                self._failed[version] = load
        except asyncio.CancelledError:
            self._note(version, VersionState.END, Code.CANCELLED, GIVEN_UP)
            raise
        finally:
            del self._loads[version]
            self.reconcile()

    async def _publish(self, version: int, folder: Path, loaded: LoadedVersion) -> bool:
        """Let requests reach a version, in the place of the one of the same number if there is one."""
        try:
            servable = self._around.make_servable(self.config.name, version, loaded.model, folder)
        except Exception as error:
            await self._around.workshop.free(loaded.model)
            self._tell_failure(version, VersionState.END, Code.INTERNAL, f"It cannot be served ({in_one_line(error)}).")
            return False
        for timing in loaded.timings:
            servable.batcher(timing.signature).expect(timing.rows, timing.seconds)
        replaced = self.served.withdraw(version)
        self.served.publish(servable)
        self._loaded[version] = folder
        set_status(self.served, version, VersionState.AVAILABLE)
        self._around.events.loaded(self.config.name, version, loaded.seconds)
        log.info("%s version %d is available after %.2f s", self.config.name, version, loaded.seconds)
        if replaced is not None:
            self._spawn(self._around.workshop.unload(replaced))
        return True

    def _withdraw(self, version: int) -> None:
        """Keep new requests from a version, and unload it when the others have ended."""
        servable = self.served.withdraw(version)
        del self._loaded[version]
        if servable is not None:
            set_status(self.served, version, VersionState.UNLOADING)
            self._unloading.add(version)
            self._spawn(self._unload(version, servable))

    async def _unload(self, version: int, servable: Servable) -> None:
        await self._around.workshop.unload(servable)
        self._unloading.discard(version)
        set_status(self.served, version, VersionState.END)
        self._around.events.unloaded(self.config.name, version)
        log.info("%s version %d is unloaded", self.config.name, version)
        self.reconcile()

    def _note(self, version: int, state: VersionState, code: Code = Code.OK, message: str = "") -> None:
        """Set the state of a version that is on its way; one of the same number that goes on answering keeps its."""
        if version not in self.served.servables:
            set_status(self.served, version, state, code, message)

    def _tell_failure(self, version: int, state: VersionState, code: Code, message: str) -> None:
        self._note(version, state, code if state is VersionState.END else Code.OK, message)
        self._around.events.failed(self.config.name, version, message)
        log.error("%s version %d is not loaded: %s", self.config.name, version, message)
        self._around.changes.tell()

    def _note_changed_files(self, stamps: Mapping[int, Stamp]) -> None:
        """What failed with other files is tried again."""
        for version, stamp in stamps.items():
            load = self._loads.get(version)
            if load is not None and load.has_failed and load.stamp != stamp:
                load.files_changed.set()
            given_up = self._failed.get(version)
            if given_up is not None and given_up.stamp != stamp:
                del self._failed[version]

    def _tell_news(self, found: Found) -> None:
        """Say what is wrong with the base path, once."""
        news = found.problem or ("" if found.folders else f"no versions of it are in {str(self.config.base_path)!r}")
        before = self._found
        if news and (before is None or (before.problem, bool(before.folders)) != (found.problem, bool(found.folders))):
            log.warning("%s: %s", self.config.name, news)
