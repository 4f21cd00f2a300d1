"""The folder that holds everything Shipway keeps on one machine, and the names inside it.

::

    <home>/artifacts/<pipeline>/<run id>/<task>/<attempt>/<output>     what steps wrote
    <home>/logs/<run id>/<task>.log                                    what steps printed
    <home>/runs/<run id>/                                              spec, parameters and journal of a run
    <home>/cache/<two letters>/<cache key>.json                        results that may stand in for a step
    <home>/compiled/<name>.json                                        compiled pipelines, valid while their sources are
    <home>/metadata.db                                                 lineage
    <home>/spool/                                                      records that a metadata service has not taken yet
    <home>/backups/                                                    backups of lineage that were given no place
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from shipway.artifacts import writing
from shipway.artifacts.publish import StorageUnwritable


@dataclass(frozen=True)
class Home:
    """The paths of one home; nothing is created before `create`."""

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path).expanduser().absolute())

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def cache(self) -> Path:
        return self.path / "cache"

    @property
    def compiled(self) -> Path:
        return self.path / "compiled"

    @property
    def metadata_db(self) -> Path:
        return self.path / "metadata.db"

    @property
    def spool(self) -> Path:
        return self.path / "spool"

    def log_file(self, run_id: str, task: str) -> Path:
        return self.logs / run_id / f"{task}.log"

    def create(self) -> Home:
        """Make the folders; raises an `EnvironmentFault` that names the folder which cannot be made or written to."""
        with writing(self.path):
            for folder in (self.path, self.artifacts, self.logs, self.runs, self.cache, self.compiled):
                folder.mkdir(parents=True, exist_ok=True)
        if not os.access(self.path, os.W_OK):
            raise StorageUnwritable(self.path, "permission denied")
        return self
