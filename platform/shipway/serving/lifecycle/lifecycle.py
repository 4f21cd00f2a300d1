"""The lifecycle of all models: watched, loaded, swapped, unloaded and configured anew while requests go on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from shipway.serving.config.model_config import ModelConfig, PlatformChanged, refuse_changed_platform
from shipway.serving.faults import InvalidRequest
from shipway.serving.lifecycle.changes import Changes
from shipway.serving.lifecycle.events import LifecycleEvents
from shipway.serving.lifecycle.faults import ModelsNotAvailable, UnknownPlatform
from shipway.serving.lifecycle.labels import check_label, check_labels
from shipway.serving.lifecycle.loader import VersionLoader
from shipway.serving.lifecycle.managed_model import MakeServable, ManagedModel, Surroundings
from shipway.serving.lifecycle.settings import LifecycleSettings
from shipway.serving.lifecycle.workshop import Workshop
from shipway.serving.model import Runtime
from shipway.serving.servable import Catalog, UnknownModel, VersionState

log = logging.getLogger(__name__)

READY, UNAVAILABLE = "READY", "UNAVAILABLE"
STATES = {VersionState.LOADING: "LOADING", VersionState.START: "LOADING", VersionState.UNLOADING: "UNLOADING",
          VersionState.AVAILABLE: READY}  # fmt: skip


class IndexEntry(NamedTuple):
    """A line of the Open Inference Protocol's repository index; a model without any version has one with none."""

    name: str
    version: str
    state: str
    reason: str


class Lifecycle:
    """Keeps a catalog in line with the configuration and the file system. All methods are called in the event loop.

    Args:
        catalog: what requests see; only its models are changed here.
        runtimes: the frameworks, in the order in which they are asked whether a folder is theirs.
        make_servable: wraps a model that was loaded.
        events: told of what becomes of versions.
    """

    def __init__(
        self,
        catalog: Catalog,
        runtimes: Sequence[Runtime],
        settings: LifecycleSettings,
        make_servable: MakeServable,
        events: LifecycleEvents,
    ) -> None:
        self._catalog = catalog
        self._settings = settings
        self._changes = Changes()
        self._loader = VersionLoader(runtimes, settings)
        self._around = Surroundings(Workshop(self._loader, settings), make_servable, events, self._changes)
        self._models: dict[str, ManagedModel] = {}
        self._leaving: set[ManagedModel] = set()
        self._polling: asyncio.Task[None] | None = None
        self._reconfiguring = asyncio.Lock()

    @property
    def is_ready(self) -> bool:
        """Whether every model that is to be served can be asked, at first with all the versions that are there."""
        return all(model.is_ready for model in self._models.values() if model.is_wanted)

    @property
    def problems(self) -> list[str]:
        """Why models that are to be served are not: one sentence each."""
        return [model.problem for model in self._models.values() if model.is_wanted and not model.is_available]

    async def start(self, models: Sequence[ModelConfig]) -> None:
        """Begin to watch and to load; `wait_until_ready` tells when that is done.

        Labels may name versions that are yet to be loaded: a server that is started again with the configuration that
        it had must come up, which TensorFlow Serving's does only with --allow_version_labels_for_unavailable_models.

        Raises:
            InvalidRequest: a model of an unknown platform; nothing is begun.
        """
        self._check_platforms(models)
        self._apply(models)
        await self._look(self._models.values())
        if self._settings.poll_seconds > 0:
            self._polling = asyncio.create_task(self._poll())

    async def stop(self) -> None:
        """Watch and load no more; what can be asked can still be asked."""
        if self._polling is not None:
            self._polling.cancel()
            with suppress(asyncio.CancelledError):
                await self._polling
        await asyncio.gather(*(model.stop() for model in (*self._models.values(), *self._leaving)))
        self._around.workshop.close()

    async def wait_until_ready(self, seconds: float | None = None) -> bool:
        """Whether the lifecycle `is_ready`, now or within so many seconds."""
        return await self._changes.until(lambda: self.is_ready, seconds)

    async def wait_until_settled(self, seconds: float | None = None) -> bool:
        """Whether, now or within so many seconds, each model has a version or `problems` knows why it has none."""
        return await self._changes.until(lambda: all(model.is_settled for model in self._models.values()), seconds)

    async def reconfigure(self, models: Sequence[ModelConfig]) -> None:
        """Serve these models from now on: add, remove and change what differs, without dropping a request.

        Returns when every new model can be asked.

        Raises:
            InvalidRequest: an unknown platform, or another one for a model that is served; nothing is changed.
            Conflicting: a label for a version that is not available; nothing is changed.
            ModelsNotAvailable: everything is changed, and a new model has no version yet.
        """
        async with self._reconfiguring:
            self._check_platforms(models)
            self._check_changes(models)
            new = [config.name for config in models if config.name not in self._models]
            self._apply(models)
        await self._look([self._models[config.name] for config in models if config.name in self._models])
        await self._available([self._models[name] for name in new if name in self._models])

    async def load(self, name: str) -> None:
        """Serve a configured model again, or look for new versions of it and try those again that failed.

        Raises:
            UnknownModel: it is not configured.
            ModelsNotAvailable: it has no version that can be loaded.
        """
        model = self._model(name)
        model.is_wanted = True
        model.forget_failures()
        await self._look([model])
        await self._available([model])

    async def unload(self, name: str) -> None:
        """Drain and unload all versions of a model until `load`; returns when they are gone.

        Raises:
            UnknownModel: it is not configured.
        """
        model = self._model(name)
        model.is_wanted = False
        model.reconcile()
        await self._changes.until(lambda: model.is_gone or model.is_wanted)

    def set_label(self, name: str, label: str, version: int | None) -> None:
        """Let a label stand for a version from the next request on, or, with None, for none.

        Raises:
            UnknownModel: the model is not configured.
            LabelOfUnavailableVersion: nobody could ask that version.
        """
        served = self._model(name).served
        if version is None:
            served.labels = {known: value for known, value in served.labels.items() if known != label}
            return
        check_label(served, label, version, new_may_wait=self._settings.new_labels_may_wait)
        served.labels = {**served.labels, label: version}

    def index(self) -> list[IndexEntry]:
        """All models and versions, by name and number."""
        entries = []
        for name, model in sorted(self._models.items()):
            statuses = sorted(model.served.statuses.items())
            entries += [
                IndexEntry(name, str(version), STATES.get(status.state, UNAVAILABLE), status.message)
                for version, status in statuses
            ]
            if not statuses:
                entries.append(IndexEntry(name, "", UNAVAILABLE, model.problem))
        return entries

    def _model(self, name: str) -> ManagedModel:
        if name not in self._models:
            raise UnknownModel(name, self._catalog.models)
        return self._models[name]

    def _check_platforms(self, models: Iterable[ModelConfig]) -> None:
        for config in models:
            if config.platform and config.platform not in self._loader.platforms:
                raise UnknownPlatform(config.name, config.platform, self._loader.platforms)

    def _check_changes(self, models: Sequence[ModelConfig]) -> None:
        try:
            refuse_changed_platform([model.config for model in self._models.values()], models)
        except PlatformChanged as error:
            raise InvalidRequest(str(error)) from error
        for config in models:
            served = self._catalog.models.get(config.name)
            check_labels(config, served, new_may_wait=self._settings.new_labels_may_wait)

    def _apply(self, models: Sequence[ModelConfig]) -> None:
        """Change what is configured, between two requests."""
        names = {config.name for config in models}
        for name in [name for name in self._models if name not in names]:
            self._remove(name)
        for config in models:
            if config.name in self._models:
                self._models[config.name].configure(config)
            else:
                model = self._models[config.name] = ManagedModel(config, self._around)
                self._catalog.models[config.name] = model.served

    def _remove(self, name: str) -> None:
        model = self._models.pop(name)
        del self._catalog.models[name]
        model.is_wanted = False
        self._leaving = {leaving for leaving in self._leaving if not leaving.is_gone} | {model}
        model.reconcile()

    async def _available(self, models: Sequence[ManagedModel]) -> None:
        """Wait for models; raises `ModelsNotAvailable`."""
        await self._changes.until(lambda: all(model.is_settled for model in models))
        problems = [model.problem for model in models if not model.is_available]
        if problems:
            raise ModelsNotAvailable(problems)

    async def _look(self, models: Iterable[ManagedModel]) -> None:
        if self._settings.poll_seconds >= 0:
            await asyncio.gather(*(model.look() for model in models))

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._settings.poll_seconds)
            try:
                await self._look(list(self._models.values()))
            except Exception:
                log.exception("a look for versions failed; the next one follows")
