"""A URI taken apart: which kind of store, which bucket, and the key in it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import unquote

from shipway.errors import ContractError

S3, MINIO, GCS, FILE = "s3", "minio", "gs", "file"
STORE_SCHEMES = (S3, MINIO, GCS)


class BadUri(ContractError):
    """A text that names nothing in any store."""

    def __init__(self, uri: str) -> None:
        known = ", ".join(f"{scheme}://BUCKET/KEY" for scheme in STORE_SCHEMES)
        super().__init__(f"{uri[:300]!r} names nothing in an object store: give {known} or a path.")


@dataclass(frozen=True)
class Location:
    """`path` is what the store's client calls it: `bucket/key`, or an absolute path of this machine."""

    scheme: str
    path: str

    @classmethod
    def parse(cls, uri: str) -> Location:
        """Raises `BadUri`, also for a key that would leave its bucket."""
        scheme, separator, rest = uri.partition("://")
        if not separator:
            scheme, rest = FILE, uri
        if scheme == FILE:
            if not rest.startswith("/"):
                raise BadUri(uri)
            return cls(FILE, posixpath.normpath("/" + (unquote(rest) if separator else rest).lstrip("/")))
        parts = rest.rstrip("/").split("/")
        if scheme not in STORE_SCHEMES or not parts[0] or any(part in ("", ".", "..") for part in parts):
            raise BadUri(uri)
        return cls(scheme, "/".join(parts))

    @property
    def bucket(self) -> str:
        return self.path.partition("/")[0]

    @property
    def uri(self) -> str:
        return f"{self.scheme}://{self.path}"

    def __truediv__(self, name: str) -> Location:
        return Location(self.scheme, f"{self.path.rstrip('/')}/{name}")


def is_remote(uri: str) -> bool:
    """Whether a URI names something in a bucket."""
    return uri.partition("://")[0] in STORE_SCHEMES and "://" in uri
