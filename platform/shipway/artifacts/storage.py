"""From an artifact's URI to the place where this process finds its bytes.

In a pod the Kubeflow launcher mounts buckets: `minio://bucket/key` lies at `/minio/bucket/key`, `s3://` at `/s3/`,
`gs://` at `/gcs/`. On one machine a URI is an absolute path, as TFX writes it. `package://name/key` lies in an
installed Python package: the same data here and in every image that holds the package, wherever that is.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from shipway.errors import ContractError

MOUNTS = {"minio": "minio", "s3": "s3", "gs": "gcs"}
PACKAGE = "package"
MOUNT_ROOT_VARIABLE = "SHIPWAY_MOUNT_ROOT"


class UnknownScheme(ContractError):
    """A URI that no mount of this process serves."""

    def __init__(self, uri: str) -> None:
        known = ", ".join(f"{scheme}://" for scheme in MOUNTS)
        super().__init__(f"No storage is known for the URI {uri!r}: use a path, file:// or one of {known}.")


class NotInPackage(ContractError):
    """A `package://` URI that leads to nothing."""

    def __init__(self, uri: str, problem: str) -> None:
        super().__init__(f"{uri!r} leads to nothing: {problem}; write package://IMPORTABLE.NAME/FILE.")


def local_path(uri: str) -> Path:
    """The path of `uri` for this process; `SHIPWAY_MOUNT_ROOT` moves the mounts (default `/`).

    Raises `UnknownScheme` for a scheme that nothing here mounts, and `NotInPackage`.
    """
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return Path(uri)
    if scheme == "file":
        return Path("/" + rest.lstrip("/"))
    if scheme == PACKAGE:
        return _in_package(uri, rest)
    if scheme not in MOUNTS:
        raise UnknownScheme(uri)
    root = Path(os.environ.get(MOUNT_ROOT_VARIABLE, "/")).resolve()
    path = Path(os.path.normpath(root / MOUNTS[scheme] / rest))
    if not path.is_relative_to(root / MOUNTS[scheme]):
        raise UnknownScheme(uri)
    return path


def _in_package(uri: str, rest: str) -> Path:
    """Found without importing anything: URIs come from metadata stores too."""
    name, _, key = rest.partition("/")
    top, *below = name.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError) as error:
        raise NotInPackage(uri, f"there is no package {name!r} here") from error
    places = list(spec.submodule_search_locations or ()) if spec else []
    folder = Path(places[0], *below).resolve() if places else Path()
    if not places or not folder.is_dir():
        raise NotInPackage(uri, f"there is no package {name!r} here")
    path = Path(os.path.normpath(folder / key))
    if not path.is_relative_to(folder):
        raise NotInPackage(uri, "it leaves the package")
    return path


def uri_of(path: Path) -> str:
    """The URI whose `local_path` a path below a mount is; of any other path, the path."""
    root = Path(os.environ.get(MOUNT_ROOT_VARIABLE, "/")).resolve()
    for scheme, folder in MOUNTS.items():
        if path.is_relative_to(root / folder):
            return f"{scheme}://{path.relative_to(root / folder).as_posix()}"
    return str(path)
