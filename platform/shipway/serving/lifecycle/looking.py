"""One look at the base path of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shipway.serving.config.model_config import ModelConfig
from shipway.serving.lifecycle.base_path import NoBasePath, find_versions
from shipway.serving.lifecycle.loader import stamp_of_version
from shipway.serving.lifecycle.stamps import Stamp


@dataclass(frozen=True)
class Found:
    """What was there."""

    folders: Mapping[int, Path] = field(default_factory=dict)
    """The versions."""

    stamps: Mapping[int, Stamp] = field(default_factory=dict)
    """The stamps of those that were asked for."""

    problem: str = ""
    """Why nothing can be said about versions."""


def look_at(config: ModelConfig, watched: Mapping[int, Path], is_model: Callable[[Path], bool]) -> Found:
    """The versions below a model's base path. Not for the event loop.

    Args:
        watched: folders whose stamps are wanted.
        is_model: whether a folder is a model itself.
    """
    try:
        folders = find_versions(config.base_path, is_model)
    except NoBasePath as error:
        return Found(problem=str(error))
    stamps = {version: stamp_of_version(folder) for version, folder in watched.items()}
    return Found(folders, stamps)
