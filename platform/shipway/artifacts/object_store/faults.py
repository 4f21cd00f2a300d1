"""What an object store refuses, each in one sentence; its clients say it in texts that this alone reads."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipway.artifacts.object_store.location import FILE, GCS, Location
from shipway.artifacts.publish import StorageFull, StorageUnwritable
from shipway.errors import ContractError, EnvironmentFault, InputError, in_one_line
from shipway.settings.object_store import ENDPOINT_VARIABLE, REGION_VARIABLE, ObjectStoreAddress

READ, LIST, WRITE, DELETE = "read", "list", "write", "delete"
RIGHTS = {
    READ: ("s3:GetObject", "storage.objects.get"),
    LIST: ("s3:ListBucket", "storage.objects.list"),
    WRITE: ("s3:PutObject", "storage.objects.create"),
    DELETE: ("s3:DeleteObject", "storage.objects.delete"),
}
DENIED = re.compile(r"ACCESS_DENIED|AccessDenied|PERMISSION_DENIED|HTTP status code: 403")
CREDENTIALS = re.compile(
    r"INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH|INVALID_CLIENT_TOKEN_ID|UNRECOGNIZED_CLIENT|INVALID_SIGNATURE|"
    r"EXPIRED_TOKEN|REQUEST_EXPIRED|MISSING_AUTHENTICATION_TOKEN|NOT_SIGNED_UP|InvalidToken|ExpiredToken|"
    r"UNAUTHENTICATED|HTTP status code: 401|OAuth|credentials"
)
NO_BUCKET = re.compile(r"NO_SUCH_BUCKET|NoSuchBucket|bucket does not exist", re.IGNORECASE)
REGION = re.compile(r"PermanentRedirect|AuthorizationHeaderMalformed|HTTP response code: 301|region", re.IGNORECASE)
UNREACHABLE = re.compile(
    r"NETWORK_CONNECTION|curlCode|Could ?n.t (connect|resolve)|timed? ?out|UNAVAILABLE", re.IGNORECASE
)
QUOTA = re.compile(
    r"XMinioStorageFull|QuotaExceeded|INSUFFICIENT|EntityTooLarge|Storage backend has reached", re.IGNORECASE
)


class ObjectStoreFault(EnvironmentFault):
    """An object store did not do what it was asked."""


class NoSuchBucket(ObjectStoreFault):
    """A bucket that the store does not have."""

    def __init__(self, place: Location) -> None:
        super().__init__(
            f"There is no bucket {place.bucket!r} in {store_of(place)}: make it, or correct {place.uri!r}."
        )


class AccessDenied(ObjectStoreFault):
    """Credentials that are good, and not for this."""

    def __init__(self, place: Location, doing: str) -> None:
        right = RIGHTS[doing][place.scheme == GCS]
        super().__init__(
            f"The bucket {place.bucket!r} denies this process to {doing} {place.uri!r}: grant its credentials {right} "
            "on the bucket."
        )


class BadStoreCredentials(ObjectStoreFault):
    """Credentials that the store does not know, or that have expired."""

    def __init__(self, place: Location) -> None:
        way_out = (
            "check the workload identity or GOOGLE_APPLICATION_CREDENTIALS"
            if place.scheme == GCS
            else "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, which expires)"
        )
        super().__init__(f"The credentials for {place.uri!r} are not accepted by {store_of(place)}: {way_out}.")


class WrongRegion(ObjectStoreFault):
    """A bucket that lies elsewhere."""

    def __init__(self, place: Location) -> None:
        super().__init__(
            f"The bucket {place.bucket!r} lies in another region: set {REGION_VARIABLE} to the one that it is in."
        )


class StoreUnreachable(ObjectStoreFault):
    """Nobody answers."""

    def __init__(self, place: Location, problem: str) -> None:
        variable = "" if place.scheme == GCS else f" {ENDPOINT_VARIABLE} and"
        super().__init__(
            f"{place.uri!r} cannot be reached, {store_of(place)} does not answer ({problem}): check{variable} that the "
            "network allows it."
        )


class StoreIsFull(ObjectStoreFault):
    """The store takes nothing more."""

    def __init__(self, place: Location) -> None:
        super().__init__(f"No space is left in {store_of(place)} for {place.uri!r}: free some, or raise its quota.")


class StoreFailed(ObjectStoreFault):
    """Anything else that a store says."""

    def __init__(self, place: Location, doing: str, problem: str) -> None:
        super().__init__(
            f"{place.uri!r}: {store_of(place)} failed to {doing} it ({problem}); run again, and look at the store if "
            "it stays so."
        )


class NothingThere(InputError):
    """A URI at which no object lies."""

    def __init__(self, place: Location) -> None:
        super().__init__(f"Nothing lies at {place.uri!r}: run the step that made it again, or correct the URI.")


class UnsafeName(ContractError):
    """An object whose name would lead out of the folder that it is fetched to."""

    def __init__(self, place: Location, name: str) -> None:
        super().__init__(f"The object {name[:300]!r} below {place.uri!r} cannot be a file's name: rename or remove it.")


def store_of(place: Location) -> str:
    """The store that a place is in, as a person knows it."""
    if place.scheme == GCS:
        return "Google Cloud Storage"
    if place.scheme == FILE:
        return "this machine"
    return f"the object store {ObjectStoreAddress.from_environment().endpoint or 'Amazon S3'!r}"


@contextmanager
def store_faults(place: Location, doing: str) -> Iterator[None]:
    """Turn what pyarrow raises while it is `doing` something at `place` into the sentence for it."""
    try:
        yield
    except FileNotFoundError as error:
        raise NothingThere(place) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(Path("/" + place.path.lstrip("/"))) from error
        if place.scheme == FILE:
            raise StorageUnwritable(Path(place.path), error.strerror or str(error)) from error
        raise _fault(place, doing, in_one_line(error).partition(": ")[2]) from error


def _fault(place: Location, doing: str, text: str) -> ObjectStoreFault:
    if QUOTA.search(text):
        return StoreIsFull(place)
    if NO_BUCKET.search(text):
        return NoSuchBucket(place)
    if DENIED.search(text):
        return AccessDenied(place, doing)
    if UNREACHABLE.search(text):
        return StoreUnreachable(place, _reason(text))
    if CREDENTIALS.search(text):
        return BadStoreCredentials(place)
    if REGION.search(text):
        return WrongRegion(place)
    return StoreFailed(place, doing, _reason(text))


def _reason(text: str) -> str:
    """What the client says at the end of its sentence, without naming the place once more."""
    return (
        re.split(r"operation: (?:curlCode: \d+, )?|Detail: |error \[\d+\]=", text)[-1].strip(" )") or "no reason given"
    )
