"""Files of a bucket as paths of this process: mounted ones as they are, others fetched to where a mount would be."""

from __future__ import annotations

from pathlib import Path

from shipway.artifacts.object_store.location import is_remote
from shipway.artifacts.object_store.reading import fetch
from shipway.artifacts.storage import local_path


def brought(uri: str) -> Path:
    """Where the files of `uri` lie for this process. What nothing mounted or brought is fetched once.

    Of a path, or of a URI that no bucket stands behind, just its path. Raises what `fetch` raises.
    """
    path = local_path(uri)
    if is_remote(uri) and not path.exists():
        fetch(uri, path)
    return path
