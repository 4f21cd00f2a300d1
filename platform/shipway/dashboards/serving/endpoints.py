"""Servers that the dashboards ask: those that whoever starts the dashboards has named, and never one out of an address.

A list is written `http://HOST:PORT,NAME=https://HOST:PORT/PREFIX`; without a name a server is called HOST:PORT.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shipway.endpoint.addresses import joined
from shipway.endpoint.token_file import read_token
from shipway.errors import InputError, UsageError, in_one_line

MOST_SERVERS = 32
LONGEST_NAME = 60
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Endpoint:
    """A server over HTTP; `url` has no slash at its end."""

    name: str
    url: str

    token_file: Path | None = None
    """Holds the bearer token that it asks for; may be replaced while the dashboards run."""

    ca_file: Path | None = None
    """The authorities that its certificate is checked with; the system's by default."""


class UnusableEndpoint(UsageError):
    """Something that is no address of a server."""

    def __init__(self, flag: str, text: str, problem: str) -> None:
        super().__init__(
            f"--{flag}: {text[:300]!r} {problem}: write http://HOST:PORT or https://HOST:PORT, with a name as "
            "NAME=http://HOST:PORT."
        )


class SameName(UsageError):
    """Two servers that could not be told apart."""

    def __init__(self, flag: str, name: str) -> None:
        super().__init__(f"--{flag}: two servers are called {name!r}: give them names, as in NAME=http://HOST:PORT.")


class TooManyServers(UsageError):
    """More servers than one process of the dashboards looks after."""

    def __init__(self, flag: str, number: int) -> None:
        super().__init__(f"--{flag} names {number} servers, and at most {MOST_SERVERS} are watched: leave some out.")


class UnusableAuthorities(InputError):
    """A file that no certificate can be checked with."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{str(path)!r} cannot be used to check certificates ({reason}): give one or more in PEM.")


def read_endpoints(flag: str, text: str, token_file: Path | None, ca_file: Path | None) -> tuple[Endpoint, ...]:
    """The servers of a list, and their files tried out.

    Raises `UnusableEndpoint`, `SameName`, `TooManyServers`; `UnusableToken`, `UnusableAuthorities`.
    """
    if token_file is not None:
        read_token(token_file)
    if ca_file is not None:
        tls_context(ca_file)
    written = [one.strip() for one in text.split(",") if one.strip()]
    found = tuple(_endpoint(flag, one, token_file, ca_file) for one in written)
    if len(found) > MOST_SERVERS:
        raise TooManyServers(flag, len(found))
    names = [one.name for one in found]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise SameName(flag, name)
    return found


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """What checks a server's certificate. Raises `UnusableAuthorities`."""
    if ca_file is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ValueError) as error:
        raise UnusableAuthorities(ca_file, in_one_line(error)) from error


def _endpoint(flag: str, text: str, token_file: Path | None, ca_file: Path | None) -> Endpoint:
    name, equals, url = text.partition("=")
    if not equals or "/" in name:
        name, url = "", text
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UnusableEndpoint(flag, text, f"is no address ({in_one_line(error)})") from error
    if parts.scheme not in PORTS or not host or any(character <= " " for character in url):
        raise UnusableEndpoint(flag, text, "is no http or https address")
    if "@" in parts.netloc:
        raise UnusableEndpoint(flag, text.rpartition("@")[2], "has a user or a password in front of it")
    if parts.query or parts.fragment:
        raise UnusableEndpoint(flag, text, "has a question or a place in a page behind it")
    name = name.strip() or joined(host, port or PORTS[parts.scheme])
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise UnusableEndpoint(flag, text, f"has a name that is not one line of at most {LONGEST_NAME} characters")
    return Endpoint(name, f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", token_file, ca_file)
