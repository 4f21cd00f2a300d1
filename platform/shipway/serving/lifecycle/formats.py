"""Choosing the runtime of a version by its files, and naming those that no runtime may open.

A file that runs code when it is read is not a model here. What is refused is said by name, with what to export instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from shipway.serving.lifecycle.faults import LoadFailed, VersionRefused
from shipway.serving.model import Runtime

KERAS = "can carry Lambda layers, whose Python code is run when it is read: export a SavedModel with `model.export`"
PICKLE = "is a pickle, which runs any code when it is read: save it with `skops.io.dump` as model.skops"
TORCH = "can be a pickle, which runs any code when it is read, and there is no runtime for it: export a SavedModel"

REFUSED = {
    ".keras": KERAS,
    ".h5": KERAS,
    ".hdf5": KERAS,
    ".pkl": PICKLE,
    ".pickle": PICKLE,
    ".joblib": PICKLE,
    ".cloudpickle": PICKLE,
    ".dill": PICKLE,
    ".pt": TORCH,
    ".pth": TORCH,
}


class RefusedFormat(VersionRefused):
    """The only model there is in a format that runs code."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{str(path)!r} is not loaded, because {path.suffix} {reason}.")


class UnknownFormat(LoadFailed):
    """No runtime knows the files; they may still be coming."""

    def __init__(self, folder: Path, platforms: Iterable[str]) -> None:
        super().__init__(
            f"{str(folder)!r} holds no model for {' or '.join(platforms)}: a SavedModel has saved_model.pb, a "
            "scikit-learn model model.skops."
        )


def runtime_of(folder: Path, platform: str, runtimes: Sequence[Runtime]) -> Runtime:
    """The runtime that loads `folder`.

    Args:
        platform: the only one that may, or empty.

    Raises:
        RefusedFormat: no runtime does, and there is a file that none may.
        UnknownFormat: no runtime does.
    """
    candidates = [runtime for runtime in runtimes if platform in ("", runtime.platform)]
    for runtime in candidates:
        if runtime.recognises(folder):
            return runtime
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in REFUSED:
            raise RefusedFormat(path, REFUSED[path.suffix.lower()])
    raise UnknownFormat(folder, [runtime.platform for runtime in candidates])
