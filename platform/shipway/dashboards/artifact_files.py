"""The files of an artifact as this machine has them: which there are, which should be there, and the small texts.

An artifact's URI is what somebody recorded, and nothing but that: files are shown only of what lies among the home's
artifacts, in a bucket that is mounted here, or in one that this server may ask (`bucket_files.py`). The folder is made
canonical once, and whatever is asked for inside it is made canonical too and has to lie below it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from shipway.artifacts import digest_tree, local_path
from shipway.artifacts.object_store import BadUri, NothingThere, UnsafeName
from shipway.artifacts.storage import UnknownScheme
from shipway.dashboards.bucket_files import (
    BucketNotShown,
    beginning,
    copy_of,
    digest_in_bucket,
    in_bucket,
    listed,
)
from shipway.dashboards.faults import NotFound
from shipway.errors import ContractError, EnvironmentFault, ShipwayError
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home
from shipway.settings.object_store import BUCKETS_VARIABLE

LISTED_AT_MOST = 1000
PREVIEWED_BYTES = 64 << 10
PREVIEWED_SUFFIXES = frozenset({".pbtxt", ".json", ".txt", ".md", ".yaml", ".yml"})
PREVIEWED_NAMES = frozenset({"BLESSED", "NOT_BLESSED", "INFRA_BLESSED", "INFRA_NOT_BLESSED"})
IN_SPLITS = {"ExampleStatistics": "FeatureStats.pb", "ExampleAnomalies": "SchemaDiff.pb"}
EXPECTED = {
    "Schema": ("schema.pbtxt",),
    "Model": ("Format-Serving/saved_model.pb",),
    "TransformGraph": ("transform_fn/saved_model.pb",),
    "HyperParameters": ("best_hyperparameters.txt",),
}
"""What a step writes into every artifact of these types."""


@dataclass(frozen=True)
class FileLine:
    """A file by its path inside the artifact; `size` in bytes. A link counts by where it points."""

    name: str
    size: int
    is_readable: bool
    has_preview: bool


@dataclass(frozen=True)
class Files:
    """What lies at an artifact's URI. `trouble` is a sentence where nothing can be listed, or not what should be there.

    `bytes_listed` are of the files in `lines`; there may be more of both (`is_whole` is False).
    """

    path: str
    lines: Sequence[FileLine] = ()
    is_whole: bool = True
    trouble: str = ""
    missing: Sequence[str] = ()

    @property
    def bytes_listed(self) -> int:
        return sum(line.size for line in self.lines)


class OutOfReach(ContractError):
    """An artifact whose files this server does not show."""

    def __init__(self, uri: str) -> None:
        super().__init__(
            f"The files at {uri[:300]!r} are not shown: they lie neither among this home's artifacts nor in a bucket "
            f"that is mounted here or named in {BUCKETS_VARIABLE}."
        )


class UnreadableFiles(EnvironmentFault):
    """Files that should be there and cannot be read."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"{str(path)[:300]!r} cannot be read ({os.strerror(error.errno or 0)}): check its disk and permissions."
        )


class NotAnswered(OutOfReach):
    """An artifact in a bucket, of which the store shows nothing now."""

    def __init__(self, fault: ShipwayError) -> None:
        ContractError.__init__(self, str(fault))


def folder_of(artifact: RecordedArtifact, home: Home) -> Path:
    """The canonical place of an artifact's files; of one in a bucket, of a copy of the files that pages read.

    Raises `OutOfReach` for one that may not be looked into.
    """
    scheme, separator, _ = artifact.uri.partition("://")
    try:
        path = local_path(artifact.uri).resolve()
        root = (home.artifacts if not separator or scheme == "file" else local_path(f"{scheme}://")).resolve()
    except (UnknownScheme, OSError, ValueError, RuntimeError) as error:
        raise OutOfReach(artifact.uri) from error
    if not artifact.uri or path == root or not path.is_relative_to(root):
        raise OutOfReach(artifact.uri)
    if in_bucket(artifact.uri):
        with _answered(artifact):
            return copy_of(artifact.uri) or path
    return path


def files_of(artifact: RecordedArtifact, home: Home) -> Files:
    """The files of an artifact, or the sentence that says why they cannot be listed."""
    if not artifact.uri:
        return Files("", trouble="It is a record alone: it has no place for files.")
    try:
        if in_bucket(artifact.uri):
            return _files_in_bucket(artifact)
        folder = folder_of(artifact, home)
        if not folder.exists():
            return Files(str(folder), trouble=_absence(artifact, str(folder)))
        lines = list(islice(_lines(folder), LISTED_AT_MOST + 1))
    except ContractError as fault:
        return Files(artifact.uri, trouble=str(fault))
    except OSError as error:
        return Files(artifact.uri, trouble=str(UnreadableFiles(Path(artifact.uri), error)))
    missing = () if folder.is_file() else _missing(artifact, folder)
    return Files(str(folder), lines[:LISTED_AT_MOST], len(lines) <= LISTED_AT_MOST, _incomplete(missing), missing)


def _files_in_bucket(artifact: RecordedArtifact) -> Files:
    with _answered(artifact):
        entries = listed(artifact.uri)
    if not entries:
        return Files(artifact.uri, trouble=_absence(artifact, artifact.uri))
    single = artifact.uri.rpartition("/")[2]
    lines = [FileLine(one.name or single, one.size, True, _has_preview(Path(one.name or single))) for one in entries]
    filled = {one.name for one in entries if one.size > 0}
    folders = {parent.as_posix() for one in entries for parent in Path(one.name).parents}
    missing = (
        [name for name in _wanted(artifact) if name not in filled and name not in folders] if len(entries) > 1 else []
    )
    is_whole = len(lines) <= LISTED_AT_MOST
    return Files(artifact.uri, lines[:LISTED_AT_MOST], is_whole, _incomplete(missing), missing)


def _incomplete(missing: Sequence[str]) -> str:
    named = ", ".join(missing[:5])
    return f"This artifact is not whole: {named} should be there, with something in it." if missing else ""


@contextmanager
def _answered(artifact: RecordedArtifact) -> Iterator[None]:
    """Whatever a store refuses, the files are out of reach, for the reason that it gives."""
    try:
        yield
    except BucketNotShown as fault:
        raise OutOfReach(artifact.uri) from fault
    except (EnvironmentFault, BadUri, UnsafeName) as fault:
        raise NotAnswered(fault) from fault


def preview_of(artifact: RecordedArtifact, home: Home, name: str) -> tuple[str, bool]:
    """The beginning of a small text file inside an artifact, and whether that is all of it.

    Raises `NotFound` for what is not inside, not there, or not a text that is shown; `OutOfReach`; `UnreadableFiles`.
    """
    if in_bucket(artifact.uri):
        return _preview_in_bucket(artifact, name)
    path = _inside(folder_of(artifact, home), name)
    try:
        if not _has_preview(path) or not path.is_file():
            raise NotFound(f"Artifact {artifact.id} has no text file {name[:300]!r} that is shown here.")
        with path.open("rb") as file:
            content = file.read(PREVIEWED_BYTES + 1)
    except OSError as error:
        raise UnreadableFiles(path, error) from error
    return content[:PREVIEWED_BYTES].decode("utf-8", "replace"), len(content) <= PREVIEWED_BYTES


def digest_now(artifact: RecordedArtifact, home: Home) -> str:
    """The digest of the files as they are. Raises `OutOfReach`, `NotAFile`, `UnreadableFiles`; `NotFound`: all gone."""
    if in_bucket(artifact.uri):
        return _digest_in_bucket(artifact)
    folder = folder_of(artifact, home)
    if not folder.exists():
        raise NotFound(_absence(artifact, str(folder)))
    try:
        return digest_tree(folder)
    except OSError as error:
        raise UnreadableFiles(folder, error) from error


def _preview_in_bucket(artifact: RecordedArtifact, name: str) -> tuple[str, bool]:
    """`preview_of` for what lies in a bucket, whose own listing says which names there are."""
    with _answered(artifact):
        known = {one.name for one in listed(artifact.uri)}
        if name not in known or not _has_preview(Path(name or artifact.uri)):
            raise NotFound(f"Artifact {artifact.id} has no text file {name[:300]!r} that is shown here.")
        content = beginning(artifact.uri, name, PREVIEWED_BYTES + 1)
    return content[:PREVIEWED_BYTES].decode("utf-8", "replace"), len(content) <= PREVIEWED_BYTES


def _digest_in_bucket(artifact: RecordedArtifact) -> str:
    with _answered(artifact):
        try:
            return digest_in_bucket(artifact.uri)
        except NothingThere as fault:
            raise NotFound(_absence(artifact, artifact.uri)) from fault


def _inside(folder: Path, name: str) -> Path:
    """The canonical path of a name inside a canonical folder; `NotFound` for any other."""
    try:
        path = (folder / name).resolve() if name else folder
    except (OSError, ValueError, RuntimeError) as error:
        raise NotFound(f"There is no file {name[:300]!r}.") from error
    if not path.is_relative_to(folder):
        raise NotFound(f"There is no file {name[:300]!r} inside this artifact.")
    return path


def _absence(artifact: RecordedArtifact, place: str) -> str:
    if artifact.state == "DELETED":
        return f"The files were deleted, as is recorded: {place[:300]!r} is gone."
    return (
        f"The files are missing: {place[:300]!r} is not there, though the artifact counts as "
        f"{artifact.state.lower()}. Run the step that made it again, or bring the folder back."
    )


def _lines(folder: Path) -> Iterator[FileLine]:
    if folder.is_file():
        yield _line(folder, folder.parent)
        return
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield _line(Path(parent, name), folder)


def _line(path: Path, folder: Path) -> FileLine:
    name = os.fsencode(path.relative_to(folder)).decode("utf-8", "replace")
    try:
        readable = path.resolve().is_relative_to(folder) and path.is_file() and os.access(path, os.R_OK)
        size = path.stat().st_size if readable else path.lstat().st_size
    except (OSError, RuntimeError):
        return FileLine(name, 0, False, False)
    return FileLine(name, size, readable, readable and _has_preview(path))


def _has_preview(path: Path) -> bool:
    return path.suffix.lower() in PREVIEWED_SUFFIXES or path.name in PREVIEWED_NAMES


def _missing(artifact: RecordedArtifact, folder: Path) -> list[str]:
    """Files that every artifact of the type has, and that are not there or empty."""
    return [name for name in _wanted(artifact) if not _has_content(folder / name) and not (folder / name).is_dir()]


def _wanted(artifact: RecordedArtifact) -> list[str]:
    """What every artifact of the type has: files, and the folders of examples' splits."""
    splits = _split_names(artifact.metadata)
    wanted = [*EXPECTED.get(artifact.type_name, ())]
    if artifact.type_name in IN_SPLITS:
        wanted += [f"Split-{split}/{IN_SPLITS[artifact.type_name]}" for split in splits]
    if artifact.type_name == "Examples":
        wanted += [f"Split-{split}" for split in splits]
    return wanted


def _has_content(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


def _split_names(metadata: Mapping[str, object]) -> list[str]:
    """The names of splits; what is not such a list, or would leave the folder, is none."""
    try:
        names = json.loads(str(metadata.get("split_names") or "[]"))
    except ValueError:
        return []
    if not isinstance(names, list):
        return []
    return [name for name in names if isinstance(name, str) and name and "/" not in name and "\0" not in name]
