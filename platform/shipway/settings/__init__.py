"""What the environment says, read once at the start of a process and passed on from there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shipway.errors import EnvironmentFault
from shipway.settings.cluster_address import ClusterAddress
from shipway.settings.metadata_address import MetadataAddress

__all__ = ["STEP_ENVIRONMENT", "ClusterAddress", "MetadataAddress", "NoCurrentFolder", "Settings"]


class NoCurrentFolder(EnvironmentFault):
    """The process stands in a folder that was deleted."""

    def __init__(self) -> None:
        super().__init__("The current folder was deleted or may not be entered: change to another one (cd) first.")


@dataclass(frozen=True)
class Settings:
    """The settings of one process."""

    home: Path
    """`SHIPWAY_HOME`: runs, artifacts, logs and the metadata store of this machine; `.shipway` by default."""

    metadata: MetadataAddress | None
    """`SHIPWAY_METADATA`: the metadata store, a file or a service; None where it is not set."""

    cluster: ClusterAddress = field(default_factory=ClusterAddress)
    """`SHIPWAY_KFP` and its relatives: the cluster that commands for a cluster work with."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Raises `NoCurrentFolder`, and the `UsageError`s of the two addresses' `from_environment`."""
        try:
            Path.cwd()
        except OSError as error:
            raise NoCurrentFolder from error
        return cls(
            home=Path(environment.get("SHIPWAY_HOME") or ".shipway").expanduser().absolute(),
            metadata=MetadataAddress.from_environment(environment),
            cluster=ClusterAddress.from_environment(environment),
        )

    @property
    def local_metadata(self) -> MetadataAddress:
        """The metadata store of a process on this machine: the one that is set, or else the file in the home."""
        return (self.metadata or MetadataAddress.of(self.home / "metadata.db")).spooling_to(self.home / "spool")


STEP_ENVIRONMENT = {
    "TF_USE_LEGACY_KERAS": "0",  # tensorflow_transform sets it to 1 on import, and Keras 2 takes 20 s for its first fit
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "KERAS_BACKEND": "tensorflow",
}
"""What a process sets before it imports TensorFlow, unless the user has set it already."""
