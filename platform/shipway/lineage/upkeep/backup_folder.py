"""The folder in which backups lie that were given no name: the newest is restored, old ones are removed."""

from __future__ import annotations

from pathlib import Path

from shipway.artifacts.publish import storage_faults
from shipway.errors import EnvironmentFault
from shipway.lineage.upkeep.restore import timestamp

ORDINARY = "metadata-????????T??????Z.backup"
"""Not what an upgrade or a restore has put aside, which is nobody's newest backup and is removed by nobody."""


class NoBackup(EnvironmentFault):
    """A folder without backups."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no backup in {str(folder)!r}: name the file, or make a backup with 'shipway metadata backup'."
        )


class BackupFolder:
    """Backups by the time in their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self) -> Path:
        """The name of one that is made now."""
        return self._folder / f"metadata-{timestamp()}.backup"

    def newest(self) -> Path:
        """Raises `NoBackup`."""
        if not (found := self._oldest_first()):
            raise NoBackup(self._folder)
        return found[-1]

    def keep(self, count: int) -> list[Path]:
        """Remove all but the newest `count`; returns what was removed."""
        removed = self._oldest_first()[:-count]
        for path in removed:
            with storage_faults(path):
                path.unlink()
        return removed

    def _oldest_first(self) -> list[Path]:
        return sorted(self._folder.glob(ORDINARY))
