"""Object stores by URI: `s3://`, `minio://` and `gs://`, and `file://` for what takes either.

A store has no folders and renames nothing: what lies "at" a URI is the object of that name, or all objects below it.
Whoever writes a tree that others may read meanwhile names the file that makes it whole, which is written last. pyarrow
and its clients are imported when a store is first asked.
"""

from __future__ import annotations

from shipway.artifacts.object_store.bringing import brought
from shipway.artifacts.object_store.copies import Copies
from shipway.artifacts.object_store.faults import (
    AccessDenied,
    BadStoreCredentials,
    NoSuchBucket,
    NothingThere,
    ObjectStoreFault,
    StoreFailed,
    StoreUnreachable,
    UnsafeName,
    WrongRegion,
)
from shipway.artifacts.object_store.location import STORE_SCHEMES, BadUri, Location, is_remote
from shipway.artifacts.object_store.reading import Child, Entry, children, digest_at, exists, fetch, listing, read
from shipway.artifacts.object_store.writing import delete, upload, write

__all__ = [
    "STORE_SCHEMES",
    "AccessDenied",
    "BadStoreCredentials",
    "BadUri",
    "Child",
    "Copies",
    "Entry",
    "Location",
    "NoSuchBucket",
    "NothingThere",
    "ObjectStoreFault",
    "StoreFailed",
    "StoreUnreachable",
    "UnsafeName",
    "WrongRegion",
    "brought",
    "children",
    "delete",
    "digest_at",
    "exists",
    "fetch",
    "is_remote",
    "listing",
    "read",
    "upload",
    "write",
]
