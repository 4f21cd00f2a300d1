"""The check that a version is what was pushed: its files against the digest that the Pusher recorded.

The record of `<base>/<version>/` is `<base>/.shipway/<version>.json`. The Pusher renames the version's folder into its
place and writes the record right afterwards, so a record that is missing beside others may come in a moment.
"""

from __future__ import annotations

import json
from pathlib import Path

from shipway.artifacts import digest_tree
from shipway.serving.lifecycle.faults import LoadFailed, VersionRefused
from shipway.serving.lifecycle.stamps import Stamp, stamp_of

RECORDS = ".shipway"


class RecordAwaited(LoadFailed):
    """There is no record yet, and there may be one in a moment."""

    def __init__(self, record: Path) -> None:
        super().__init__(f"The digest in {str(record)!r} is not recorded yet.")


class NoRecord(VersionRefused):
    """A version that nobody vouches for."""

    def __init__(self, folder: Path, record: Path) -> None:
        super().__init__(
            f"The version in {str(folder)!r} has no digest in {str(record)!r}, which --require_digest asks for: push "
            "it with `pusher`, or serve without that flag."
        )


class BrokenRecord(VersionRefused):
    """A record that does not hold a digest."""

    def __init__(self, record: Path) -> None:
        super().__init__(f"The record {str(record)!r} holds no digest: push the model again.")


class WrongDigest(VersionRefused):
    """Files that are not those that were pushed."""

    def __init__(self, folder: Path, recorded: str, found: str) -> None:
        super().__init__(
            f"The files in {str(folder)!r} have the digest {found[:12]} and {recorded[:12]} was pushed: they have been "
            "changed or are incomplete, push the model again."
        )


class DigestCheck:
    """Compares versions with their records; a version whose files did not change is read once. Not for the event loop.

    Args:
        requires_record: refuse what has no record.
    """

    def __init__(self, *, requires_record: bool) -> None:
        self._requires_record = requires_record
        self._known: dict[Path, tuple[Stamp, str]] = {}

    def check(self, folder: Path, *, is_patient: bool = False) -> None:
        """Whether `folder` holds what was pushed.

        Args:
            is_patient: raise `RecordAwaited` where a record is missing that the Pusher may be about to write.

        Raises:
            RecordAwaited, NoRecord, BrokenRecord, WrongDigest: see there.
        """
        record = record_of(folder)
        recorded = _read(record)
        if recorded is not None:
            found = self._digest(folder)
            if found != recorded:
                raise WrongDigest(folder, recorded, found)
        elif is_patient and (self._requires_record or record.parent.is_dir()):
            raise RecordAwaited(record)
        elif self._requires_record:
            raise NoRecord(folder, record)

    def _digest(self, folder: Path) -> str:
        stamp = stamp_of(folder)
        known = self._known.get(folder)
        if known is not None and known[0] == stamp:
            return known[1]
        digest = digest_tree(folder)
        self._known = {path: value for path, value in self._known.items() if path.is_dir()}
        self._known[folder] = (stamp, digest)
        return digest


def record_of(folder: Path) -> Path:
    """Where the digest of the version in `folder` is recorded, if it is."""
    return folder.parent / RECORDS / f"{folder.name}.json"


def _read(record: Path) -> str | None:
    """The digest, None where there is no record."""
    try:
        facts = json.loads(record.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BrokenRecord(record) from error
    digest = facts.get("digest") if isinstance(facts, dict) else None
    if not isinstance(digest, str) or not digest:
        raise BrokenRecord(record)
    return digest
