"""What the environment says, read once at the start of a process and passed on from there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shipway.errors import EnvironmentFault


class NoCurrentFolder(EnvironmentFault):
    """The process stands in a folder that was deleted."""

    def __init__(self) -> None:
        super().__init__("The current folder was deleted or may not be entered: change to another one (cd) first.")


@dataclass(frozen=True)
class Settings:
    """The settings of one process."""

    home: Path
    """`SHIPWAY_HOME`: runs, artifacts, logs and the metadata store of this machine; `.shipway` by default."""

    metadata: Path | None
    """`SHIPWAY_METADATA`: the metadata store that a step in a container records to; none by default."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Raises `NoCurrentFolder`."""
        try:
            Path.cwd()
        except OSError as error:
            raise NoCurrentFolder from error
        metadata = environment.get("SHIPWAY_METADATA", "")
        return cls(
            home=Path(environment.get("SHIPWAY_HOME") or ".shipway").expanduser().absolute(),
            metadata=Path(metadata).expanduser().absolute() if metadata else None,
        )


STEP_ENVIRONMENT = {
    "TF_USE_LEGACY_KERAS": "0",  # tensorflow_transform sets it to 1 on import, and Keras 2 takes 20 s for its first fit
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "KERAS_BACKEND": "tensorflow",
}
"""What a process sets before it imports TensorFlow, unless the user has set it already."""
