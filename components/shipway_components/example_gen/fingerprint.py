"""What tells two states of input files apart, quickly: it enters the cache key of every run."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from shipway.artifacts import Files, digest_file, digest_texts
from shipway.data.configs import parse_input_config
from shipway.data.readers.sql_url import Database
from shipway.data.spans import resolve_input
from shipway.errors import InputError
from shipway_components.example_gen.remote_source import bucket_fingerprint, chosen_files, lies_in_bucket
from shipway_components.example_gen.source import chosen_spans, input_folder

CONTENT_LIMIT = 64 << 20


class UnreadableInput(InputError):
    """An input file that the system does not let this process read."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"The input file {str(error.filename)!r} cannot be read ({error.strerror}): check its permissions, and "
            "that nothing moves it while it is read."
        )


def input_fingerprint(
    source: Files | None, input_base: str, input_config: dict[str, Any], range_config: dict[str, Any], spans: str
) -> str:
    """What example_gen's `reads` tells the cache: the files that would be read, of the spans that there are now.

    An artifact as source is in the cache key by its own content digest. Raises what `resolve_input` raises.
    """
    if source is not None:
        return ""
    config, wanted = parse_input_config(input_config), chosen_spans(spans, range_config)
    if lies_in_bucket(input_base):
        return bucket_fingerprint(input_base, chosen_files(input_base, config, wanted))
    resolved = resolve_input(input_folder(source, input_base), config.splits, wanted)
    return files_fingerprint(chain.from_iterable(resolved.files.values()))


def database_fingerprint(url: str, data_version: str) -> str:
    """What sql_example_gen's `reads` tells the cache: the version that the user names, or an SQLite file's state.

    No other database says cheaply whether its tables have changed: without a version the answer never repeats.
    """
    if data_version:
        return digest_texts(["version", data_version])
    file = Database(url).sqlite_file
    if file is None or not Path(file).is_file():
        return uuid.uuid4().hex
    return files_fingerprint(path for path in (Path(file), Path(f"{file}-wal")) if path.is_file())


def files_fingerprint(files: Iterable[Path]) -> str:
    """The sha256 over names and states of files, in their order.

    Up to 64 MiB together, a file's state is its content: a file that was only copied or touched is the same. Beyond,
    it is inode, size, modification and change time: no change of the content goes unseen (the change time cannot be
    set), at the price that a copy counts as a change. Raises `UnreadableInput`.
    """
    paths = list(files)
    try:
        small = sum(path.stat().st_size for path in paths) <= CONTENT_LIMIT
        return digest_texts(f"{path}\0{digest_file(path) if small else _state(path)}" for path in paths)
    except OSError as error:
        raise UnreadableInput(error) from error


def _state(path: Path) -> str:
    status = path.stat()
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"
