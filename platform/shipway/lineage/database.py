"""Which database a metadata store lies in: a file of SQLite's, or a database on a MySQL or PostgreSQL server.

ML Metadata's engine trusts its connection settings: it ends the whole process over a missing user, and pastes names
into SQL and into connection strings. So everything is checked and quoted here, before the engine sees it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from shipway.errors import EnvironmentFault, UsageError

if TYPE_CHECKING:
    from shipway.lineage.protos import ConnectionConfig

SQLITE, MYSQL, POSTGRESQL = "sqlite", "mysql", "postgresql"
KINDS = {"sqlite": SQLITE, "mysql": MYSQL, "mariadb": MYSQL, "postgresql": POSTGRESQL, "postgres": POSTGRESQL}
PORTS = {MYSQL: 3306, POSTGRESQL: 5432}
NAMES = {MYSQL: re.compile(r"[A-Za-z0-9_$]{1,64}"), POSTGRESQL: re.compile(r"[A-Za-z0-9_$.-]{1,63}")}
"""MLMD says `USE name` to MySQL without quotes."""
PASSWORD_VARIABLE = "SHIPWAY_METADATA_DATABASE_PASSWORD"


class BadDatabase(UsageError):
    """A name that no database can be reached by; what may hold a password is not shown."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The metadata database {problem}: write it as sqlite:PATH, mysql://user@host:3306/database or "
            "postgresql://user@host:5432/database."
        )


class PasswordInName(UsageError):
    """A password on the command line, where every process of the machine can read it."""

    def __init__(self) -> None:
        super().__init__(
            "The metadata database's name holds a password, which every user of this machine could read: leave it out "
            f"and give --database_password_file FILE, or set {PASSWORD_VARIABLE}."
        )


class NoPasswordFile(EnvironmentFault):
    """The file that should hold the password cannot be read, or is empty."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The password file {str(path)!r} cannot be used ({reason}): write the database's password into it, "
            "and nothing else."
        )


@dataclass(frozen=True)
class Tls:
    """Files in PEM: who may vouch for the server, and who we are to it. With `ca` the server's name is checked too."""

    ca: str = ""
    cert: str = ""
    key: str = ""


@dataclass(frozen=True)
class Database:
    """One database, as commands and servers name it; `str()` of it never holds the password."""

    kind: str
    path: Path | None = None
    host: str = ""
    port: int = 0
    name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = Tls()

    @classmethod
    def parse(cls, text: str, password: str = "") -> Database:
        """The database that `text` names. Raises `BadDatabase` and `PasswordInName`."""
        scheme, colon, rest = text.partition(":")
        kind = KINDS.get(scheme.lower(), "") if colon else ""
        if not kind:
            raise BadDatabase(f"has no kind that is known ({scheme[:40]!r})")
        if "\0" in text:
            raise BadDatabase("holds a NUL character")
        if kind == SQLITE:
            if not rest or rest.startswith("//"):
                raise BadDatabase("of SQLite's kind has no path of its own")
            return cls.of_file(Path(rest))
        return _on_server(kind, text, password)

    @classmethod
    def of_file(cls, path: Path) -> Database:
        return cls(SQLITE, path=path.expanduser().absolute())

    def __str__(self) -> str:
        if self.kind == SQLITE:
            return f"sqlite:{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}://{self.user}@{host}:{self.port}/{self.name}"

    def connection_config(self, read_only: bool = False, create: bool = True) -> ConnectionConfig:
        """What ML Metadata's engine connects by.

        `read_only` and `create` are about a file; on a server the database must be there, and its user's grants say
        what may be done.
        """
        from shipway.lineage.protos import ConnectionConfig, SqliteMetadataSourceConfig

        config = ConnectionConfig()
        if self.kind == SQLITE:
            modes = SqliteMetadataSourceConfig
            mode = modes.READONLY if read_only else modes.READWRITE_OPENCREATE if create else modes.READWRITE
            config.sqlite.filename_uri = str(self.path)
            config.sqlite.connection_mode = mode
        elif self.kind == MYSQL:
            self._fill_mysql(config.mysql)
        else:
            self._fill_postgresql(config.postgresql)
        return config

    def _fill_mysql(self, mysql: Any) -> None:
        _set(mysql, host=self.host, port=self.port, database=self.name, user=self.user, password=self.password)
        _set(mysql, skip_db_creation=True)
        if self.tls != Tls():
            files = {"ca": self.tls.ca, "cert": self.tls.cert, "key": self.tls.key}
            _set(mysql.ssl_options, **files, verify_server_cert=bool(self.tls.ca))

    def _fill_postgresql(self, postgresql: Any) -> None:
        values = {"host": self.host, "port": str(self.port), "dbname": self.name, "user": self.user}
        _set(postgresql, **{key: _quoted(value) for key, value in (*values.items(), ("password", self.password))})
        _set(postgresql, skip_db_creation=True)
        if self.tls != Tls():
            files = {"sslrootcert": self.tls.ca, "sslcert": self.tls.cert, "sslkey": self.tls.key}
            _set(postgresql.ssloption, sslmode="verify-full" if self.tls.ca else "require")
            _set(postgresql.ssloption, **{key: _quoted(value) for key, value in files.items()})


def read_password(file: Path | None, environment: Mapping[str, str] = os.environ) -> str:
    """The password in `file`, or else in the environment; "" for none. Raises `NoPasswordFile`."""
    if file is None:
        return environment.get(PASSWORD_VARIABLE, "")
    try:
        text = file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise NoPasswordFile(file, os.strerror(error.errno or 0)) from error
    except UnicodeDecodeError as error:
        raise NoPasswordFile(file, "it is not text in UTF-8") from error
    if not text or "\n" in text or "\0" in text:
        raise NoPasswordFile(file, "it is empty" if not text else "it holds more than one line")
    return text


def _on_server(kind: str, text: str, password: str) -> Database:
    parts, port = _split(text)
    if parts.password is not None:
        raise PasswordInName
    user, host, name = unquote(parts.username or ""), parts.hostname or "", unquote(parts.path.removeprefix("/"))
    if not (user and host and name):
        missing = "no user" if not user else "no host" if not host else "no name of a database"
        raise BadDatabase(f"has {missing}")
    if not NAMES[kind].fullmatch(name):
        raise BadDatabase(f"is called {name[:70]!r}, which is more than letters, digits and underscores")
    if kind == MYSQL and host == "localhost":
        host = "127.0.0.1"  # to MySQL's client "localhost" means a socket file, whatever the port says
    return Database(kind, None, host, port or PORTS[kind], name, user, password, _tls(parts.query))


def _split(text: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        return parts, parts.port
    except ValueError:
        raise BadDatabase("has no host and port that can be understood") from None


def _tls(query: str) -> Tls:
    try:
        options = dict(parse_qsl(query, strict_parsing=True)) if query else {}
        return Tls(**options)
    except (TypeError, ValueError):
        raise BadDatabase("has options other than ?ca=FILE&cert=FILE&key=FILE") from None


def _set(message: Any, **values: str | int | bool) -> None:
    for name, value in values.items():
        if value != "":
            setattr(message, name, value)


def _quoted(value: str) -> str:
    """A value as PostgreSQL's connection strings take it: MLMD puts it in as it is."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if value else ""
