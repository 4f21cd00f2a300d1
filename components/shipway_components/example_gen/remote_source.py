"""Input in a bucket: only the files of the spans and patterns that are asked for are fetched."""

from __future__ import annotations

import tempfile
from pathlib import Path

from shipway.artifacts import digest_texts, local_path
from shipway.artifacts.object_store import Entry, fetch, is_remote, listing
from shipway.data.configs import InputConfig
from shipway.data.spans import SpanRange, resolve_input
from shipway.errors import InputError


class NotInBucket(InputError):
    """A bucket without the files that the parameters ask for; `problem` is the sentence that a folder would get."""

    def __init__(self, uri: str, folder: Path, problem: InputError) -> None:
        super().__init__(str(problem).replace(str(folder), uri.rstrip("/")))


def lies_in_bucket(input_base: str) -> bool:
    """Whether `input_base` has to be fetched: what is mounted is read where it lies."""
    return is_remote(input_base) and not local_path(input_base).exists()


def fetched_input(uri: str, config: InputConfig, spans: SpanRange | None, folder: Path) -> tuple[Path, str]:
    """The chosen files below `uri`, brought to `folder`, and their fingerprint.

    Raises `NotInBucket` and `ObjectStoreFault`s.
    """
    chosen = chosen_files(uri, config, spans)
    names = frozenset(entry.name for entry in chosen)
    fetch(uri, folder, lambda entry: entry.name in names)
    return folder, bucket_fingerprint(uri, chosen)


def bucket_fingerprint(uri: str, chosen: list[Entry]) -> str:
    """What tells two states of files in a bucket apart: a store says when an object was written, and how large it is.

    Nothing is read, so an object that was written again with the same content counts as a change.
    """
    return digest_texts(f"{uri}\0{entry.name}\0{entry.size}:{entry.modified}" for entry in chosen)


def chosen_files(uri: str, config: InputConfig, spans: SpanRange | None) -> list[Entry]:
    """The files that patterns and spans choose, found on empty files of the same names. Raises `NotInBucket`."""
    entries = listing(uri)
    if entries and not entries[0].name:
        return entries
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        for entry in entries:
            path = (folder / entry.name).resolve()
            if path.is_relative_to(folder.resolve()):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        try:
            resolved = resolve_input(folder, config.splits, spans)
        except InputError as problem:
            raise NotInBucket(uri, folder, problem) from problem
        names = {path.relative_to(folder).as_posix() for paths in resolved.files.values() for path in paths}
    return [entry for entry in entries if entry.name in names]
