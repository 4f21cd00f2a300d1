"""A database's URL without its secrets, and the same with them, which exists only while the connection is made."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from shipway.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "sqlite": "sqlite"}
SECRET_OPTIONS = ("password", "sslpassword", "passfile")
HIDDEN = "***"


class BadDatabaseUrl(UsageError):
    """A URL that no database can be reached by; the URL itself may hold a secret and is not shown."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The database url {problem}: write it as postgresql://user:${{DB_PASSWORD}}@host:5432/database "
            f"or sqlite:////absolute/path.db."
        )


class UnsetVariable(UsageError):
    """A reference to an environment variable that is not set."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The database url refers to ${{{name}}}, which is not set: set the environment variable {name}."
        )


class SecretInUrl(UsageError):
    """A password in clear, which would be recorded with the run's parameters."""

    def __init__(self) -> None:
        super().__init__(
            "The database url holds a password in clear, and parameters are recorded: put the password into an "
            "environment variable and refer to it as ${DB_PASSWORD} in the url."
        )


class Database:
    """Where a query goes; raises `BadDatabaseUrl`, `UnsetVariable` and `SecretInUrl`.

    `${NAME}` stands for an environment variable, in any part of the URL or for the whole of it. A value needs no
    percent-encoding.
    """

    def __init__(self, text: str, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._secrets: set[str] = set()
        self.text = text
        self.url = self._connectable(text)

    def scrubbed(self, message: str) -> str:
        """A driver's message without any value that came from the environment."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            message = message.replace(secret, HIDDEN)
        return message

    @property
    def sqlite_file(self) -> str | None:
        """The path of an SQLite database; None for one in memory and for other databases."""
        path = self.url.database
        return path if self.url.drivername == "sqlite" and path and path != ":memory:" else None

    def _connectable(self, text: str) -> URL:
        whole = REFERENCE.fullmatch(text)
        url = _parsed(self._expanded(text) or "") if whole else _parsed(text)
        if not whole and _has_plain_secret(url):
            raise SecretInUrl
        if whole and url.password:
            self._secrets.add(str(url.password))
        return url.set(
            drivername=DRIVERS.get(url.drivername, url.drivername),
            username=self._expanded(url.username),
            password=self._expanded(url.password),
            host=self._expanded(url.host),
            database=self._expanded(url.database),
            query={name: self._expanded(str(value)) or "" for name, value in url.query.items()},
        )

    def _expanded(self, text: str | None) -> str | None:
        if text is None:
            return None

        def value(reference: re.Match[str]) -> str:
            name = reference.group(1)
            if name not in self._environment:
                raise UnsetVariable(name)
            if self._environment[name]:
                self._secrets.add(self._environment[name])
            return self._environment[name]

        return REFERENCE.sub(value, text)


def _parsed(text: str) -> URL:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise BadDatabaseUrl("cannot be understood") from None
    if url.drivername.partition("+")[0] not in DRIVERS:
        raise BadDatabaseUrl(f"is for {url.drivername!r}, which Shipway has no driver for") from None
    return url


def _has_plain_secret(url: URL) -> bool:
    options = [str(value) for name, value in url.query.items() if name in SECRET_OPTIONS]
    return any(secret and not REFERENCE.fullmatch(secret) for secret in (url.password, *options))
