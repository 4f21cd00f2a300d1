"""Where lineage is recorded: a file of this machine, or a metadata service and what it takes to be let in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shipway.errors import UsageError

VARIABLE = "SHIPWAY_METADATA"
SPOOL_VARIABLE = "SHIPWAY_SPOOL"
PATIENCE_VARIABLE = "SHIPWAY_METADATA_PATIENCE"
PLAIN, SECURE = "grpc", "grpcs"
TLS_FILES = ("ca_file", "cert_file", "key_file")
FILES = ("token_file", *TLS_FILES)
DEFAULT_PATIENCE_SECONDS = 30.0
HOST_AND_PORT = re.compile(r"[\w.-]+:\d+")


class BadMetadataAddress(UsageError):
    """`SHIPWAY_METADATA` is neither a file nor a service."""

    def __init__(self, value: str, problem: str) -> None:
        super().__init__(
            f"{VARIABLE} is {value!r}, {problem}: give a file, grpc://HOST:PORT, or grpcs://HOST:PORT for TLS."
        )


class BadCredentials(UsageError):
    """A file that should let this process into the service, and cannot."""

    def __init__(self, name: str, value: str, problem: str) -> None:
        super().__init__(f"{_variable(name)} is {value!r}, {problem}.")


class BadPatience(UsageError):
    """A time that is none."""

    def __init__(self, value: str) -> None:
        super().__init__(
            f"{PATIENCE_VARIABLE} is {value!r}, which is no number of seconds from 0 on: give, for example, 30."
        )


@dataclass(frozen=True)
class MetadataAddress:
    """A metadata store: `path` is the embedded one, or else `url` is `grpc://host:port` or `grpcs://host:port`."""

    path: Path | None
    url: str = ""
    token_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    spool: Path | None = None
    """The folder in which records wait when the service cannot be reached."""
    patience_seconds: float = DEFAULT_PATIENCE_SECONDS
    """How long a call tries again when the service cannot be reached."""

    @classmethod
    def of(cls, place: Path | MetadataAddress) -> MetadataAddress:
        return place if isinstance(place, MetadataAddress) else cls(place)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> MetadataAddress | None:
        """The address that is set; None for none. Raises `BadMetadataAddress`, `BadCredentials`, `BadPatience`."""
        value = environment.get(VARIABLE, "").strip()
        if not value:
            return None
        spool = environment.get(SPOOL_VARIABLE, "")
        files: dict[str, Any] = {name: _file(name, environment.get(_variable(name), "")) for name in FILES}
        address = replace(
            _parsed(value),
            spool=Path(spool).expanduser().absolute() if spool else None,
            patience_seconds=_patience(environment.get(PATIENCE_VARIABLE, "")),
            **files,
        )
        _check_credentials(address)
        return address

    @property
    def place(self) -> str:
        """What a person knows the store by."""
        return self.url or str(self.path)

    @property
    def target(self) -> str:
        """The service's `host:port`."""
        return self.url.partition("://")[2]

    @property
    def is_secure(self) -> bool:
        return self.url.startswith(f"{SECURE}://")

    def spooling_to(self, folder: Path) -> MetadataAddress:
        """This address, with `folder` for its spool unless it has one."""
        return self if self.spool else replace(self, spool=folder)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> MetadataAddress:
        paths = {name: Path(value[name]) if value[name] else None for name in ("path", *FILES, "spool")}
        return cls(url=value["url"], patience_seconds=value["patience_seconds"], **paths)

    def to_json(self) -> dict[str, Any]:
        return {name: str(value) if isinstance(value, Path) else value for name, value in self.__dict__.items()}


def _variable(name: str) -> str:
    return f"{VARIABLE}_{name.upper()}"


def _parsed(value: str) -> MetadataAddress:
    scheme, separator, _ = value.partition("://")
    if not separator:
        path = Path(value).expanduser().absolute()
        if HOST_AND_PORT.fullmatch(value) and not path.exists():
            raise BadMetadataAddress(value, "which looks like a service without its scheme")
        return MetadataAddress(path)
    if scheme not in (PLAIN, SECURE):
        raise BadMetadataAddress(value, f"and {scheme!r} is no scheme of a metadata store")
    return MetadataAddress(None, f"{scheme}://{_host_and_port(value)}")


def _host_and_port(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise BadMetadataAddress(value, "which is no address") from error
    if "@" in parts.netloc:
        raise BadMetadataAddress(
            value.replace(parts.netloc.rpartition("@")[0], "***"), "which holds a user or password"
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadMetadataAddress(value, "which says more than a host and a port")
    try:
        port = parts.port
    except ValueError as error:
        raise BadMetadataAddress(value, "whose port is no number from 1 to 65535") from error
    if not parts.hostname:
        raise BadMetadataAddress(value, "which names no host")
    if not port:
        raise BadMetadataAddress(value, "which names no port")
    return parts.netloc


def _patience(value: str) -> float:
    if not value.strip():
        return DEFAULT_PATIENCE_SECONDS
    try:
        seconds = float(value)
    except ValueError as error:
        raise BadPatience(value) from error
    if not (math.isfinite(seconds) and seconds >= 0):
        raise BadPatience(value)
    return seconds


def _file(name: str, value: str) -> Path | None:
    if not value:
        return None
    path = Path(value).expanduser().absolute()
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise BadCredentials(name, value, "and no file lies there: make it, or unset the variable") from error
    except OSError as error:
        problem = f"which cannot be read ({error.strerror}): make it a file that this user may read"
        raise BadCredentials(name, value, problem) from error
    if not content.strip():
        raise BadCredentials(name, value, "which is empty: write what belongs there into it, or unset the variable")
    return path


def _check_credentials(address: MetadataAddress) -> None:
    for name in FILES:
        given = getattr(address, name)
        if given and not address.url:
            raise BadCredentials(name, str(given), f"but {VARIABLE} is a file, which lets anyone in: unset one of them")
        if given and name in TLS_FILES and not address.is_secure:
            problem = f"but {address.url!r} is plain text: write grpcs:// in {VARIABLE}, or unset the variable"
            raise BadCredentials(name, str(given), problem)
    for name, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if getattr(address, name) and not getattr(address, other):
            problem = f"which is of no use without the other half: set {_variable(other)} too"
            raise BadCredentials(name, str(getattr(address, name)), problem)
