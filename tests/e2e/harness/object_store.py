"""The object store under test: any that speaks S3, named by E2E_S3_ENDPOINT, _ACCESS_KEY and _SECRET_KEY."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ObjectStore:
    """Where artifacts and models lie; `endpoint` is reached from here and from pods alike."""

    endpoint: str
    access_key: str
    secret_key: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process of Shipway needs to read and write there."""
        return {
            "SHIPWAY_OBJECT_STORE_ENDPOINT": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }

    def files(self) -> Any:
        from pyarrow.fs import S3FileSystem

        scheme, _, host = self.endpoint.partition("://")
        return S3FileSystem(
            access_key=self.access_key,
            secret_key=self.secret_key,
            endpoint_override=host,
            scheme=scheme,
            region="us-east-1",
            allow_bucket_creation=True,
            allow_bucket_deletion=True,
        )

    @contextmanager
    def fresh_bucket(self, prefix: str = "shipway-e2e") -> Iterator[str]:
        """A bucket of one's own, gone afterwards with all that is in it."""
        name, files = f"{prefix}-{uuid.uuid4().hex[:6]}", self.files()
        files.create_dir(name)
        try:
            yield name
        finally:
            if not os.environ.get("E2E_KEEP"):
                files.delete_dir(name)


def object_store_from_environment() -> ObjectStore | None:
    """The object store that the environment names; None for none."""
    names = ("E2E_S3_ENDPOINT", "E2E_S3_ACCESS_KEY", "E2E_S3_SECRET_KEY")
    given = [os.environ.get(name, "") for name in names]
    return ObjectStore(*given) if all(given) else None
