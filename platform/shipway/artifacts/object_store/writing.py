"""Putting things into a store, and taking them away."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from shipway.artifacts.object_store.faults import DELETE, WRITE, UnsafeName, store_faults
from shipway.artifacts.object_store.location import FILE, Location
from shipway.artifacts.object_store.opening import client_of
from shipway.artifacts.object_store.reading import BLOCK, in_parallel, listing


def upload(source: Path, uri: str, last: Sequence[str] = ()) -> None:
    """Put a file or the files of a folder at a URI; those named in `last` after all others, in that order.

    What was uploaded before a fault stays: whoever reads meanwhile waits for the last file. Raises `ObjectStoreFault`s.
    """
    place = Location.parse(uri)
    client = client_of(place)
    if source.is_file():
        _upload_one(client, source, place)
        return
    names = [name for name in _files_below(source, place) if name not in last]
    in_parallel([partial(_upload_one, client, source / name, place / name) for name in names])
    for name in last:
        _upload_one(client, source / name, place / name)


def write(uri: str, content: bytes) -> None:
    """Put one small object at a URI. Raises `ObjectStoreFault`s."""
    place = Location.parse(uri)
    client = client_of(place)
    with store_faults(place, WRITE):
        _make_folder(client, place)
        with client.open_output_stream(place.path) as stream:
            stream.write(content)


def delete(uri: str) -> None:
    """Remove what lies at a URI and below it; nothing there is no fault. Raises `ObjectStoreFault`s."""
    entries = listing(uri)
    if not entries:
        return
    place = Location.parse(uri)
    client = client_of(place)
    with store_faults(place, DELETE):
        if entries[0].name:
            client.delete_dir(place.path)
        else:
            client.delete_file(place.path)


def _upload_one(client: Any, source: Path, target: Location) -> None:
    with store_faults(target, WRITE):
        _make_folder(client, target)
        with source.open("rb") as file, client.open_output_stream(target.path) as stream:
            while block := file.read(BLOCK):
                stream.write(block)


def _make_folder(client: Any, target: Location) -> None:
    """Folders are for `file://` alone: a bucket has none, and an object that stands for one is in everybody's way."""
    if target.scheme == FILE:
        client.create_dir(os.path.dirname(target.path), recursive=True)


def _files_below(folder: Path, place: Location) -> list[str]:
    names = []
    for parent, _, files in os.walk(folder):
        for name in files:
            path = Path(parent, name)
            if not path.is_file():
                raise UnsafeName(place, str(path))
            names.append(path.relative_to(folder).as_posix())
    return sorted(names)
