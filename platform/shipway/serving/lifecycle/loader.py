"""Loading one version: everything that happens in a loader's thread, from the digest to the warm-up."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from shipway.data.model.serving_model import first_line
from shipway.errors import ShipwayError
from shipway.serving.lifecycle.digests import DigestCheck, record_of
from shipway.serving.lifecycle.faults import LoadFailed, VersionRefused
from shipway.serving.lifecycle.formats import runtime_of
from shipway.serving.lifecycle.memory import freeze_imports_of
from shipway.serving.lifecycle.settings import LifecycleSettings
from shipway.serving.lifecycle.stamps import Stamp, stamp_of
from shipway.serving.lifecycle.warmup.running import Timing, warm_up
from shipway.serving.model import Model, Runtime
from shipway.serving.runtimes.refusal import ModelRefused


@dataclass(frozen=True)
class LoadedVersion:
    """A model that is ready to be asked: how fast it is, and how long all that took."""

    model: Model
    timings: list[Timing]
    seconds: float


class VersionLoader:
    """Loads folders. Its methods are called in threads, several at once."""

    def __init__(self, runtimes: Sequence[Runtime], settings: LifecycleSettings) -> None:
        self._runtimes = runtimes
        self._settings = settings
        self._digests = DigestCheck(requires_record=settings.require_digest)
        self._prepared: set[str] = set()
        self._preparing = threading.Lock()

    @property
    def platforms(self) -> list[str]:
        """The frameworks there are runtimes for."""
        return [runtime.platform for runtime in self._runtimes]

    def is_model(self, folder: Path) -> bool:
        """Whether a folder is a version itself."""
        return any(runtime.recognises(folder) for runtime in self._runtimes)

    def load(self, folder: Path, platform: str, *, is_patient: bool) -> LoadedVersion:
        """Check, load and warm the version in `folder`.

        Args:
            platform: the only runtime that may load it, or empty.
            is_patient: whether a digest that is not recorded yet may be waited for.

        Raises:
            LoadFailed: with one sentence for the version's status.
        """
        stamp = stamp_of_version(folder)
        try:
            return self._load(folder, platform, is_patient)
        except Exception as error:
            failure = _as_load_failure(error)
            failure.stamp = stamp
            raise failure from error

    def _load(self, folder: Path, platform: str, is_patient: bool) -> LoadedVersion:
        runtime = runtime_of(folder, platform, self._runtimes)
        self._prepare(runtime)
        started = monotonic()
        self._digests.check(folder, is_patient=is_patient)
        model = runtime.load(folder)
        try:
            timings = warm_up(model, folder, self._settings) if self._settings.warms_up else []
        except BaseException:
            with suppress(Exception):
                model.close()
            raise
        return LoadedVersion(model, timings, monotonic() - started)

    def _prepare(self, runtime: Runtime) -> None:
        with self._preparing:
            if runtime.platform not in self._prepared:
                runtime.prepare()
                freeze_imports_of(runtime.platform)
                self._prepared.add(runtime.platform)


def stamp_of_version(folder: Path) -> Stamp:
    """What changes when loading the version might have another result."""
    return stamp_of(folder, record_of(folder))


def _as_load_failure(error: Exception) -> LoadFailed:
    if isinstance(error, LoadFailed):
        return error
    if isinstance(error, ModelRefused):
        return VersionRefused(str(error))
    return LoadFailed(str(error) if isinstance(error, ShipwayError) else f"It cannot be loaded ({first_line(error)}).")
