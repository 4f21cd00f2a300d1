"""Stores in each of the databases, and processes that write to them."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage.database import MYSQL, PASSWORD_VARIABLE, POSTGRESQL, SQLITE, Database

WRITER = Path(__file__).with_name("writer.py")
SERVERS = {
    MYSQL: ("SHIPWAY_TEST_MARIADB", "SHIPWAY_TEST_MARIADB_PASSWORD", "mysql://root@127.0.0.1:3306/mysql"),
    POSTGRESQL: ("SHIPWAY_TEST_POSTGRESQL", "PGPASSWORD", "postgresql://user@host/database"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    on_servers = [pytest.param(kind, marks=pytest.mark.databases) for kind in (MYSQL, POSTGRESQL)]
    every = [SQLITE, *on_servers]
    for name, kinds in (("kind", every), ("server_kind", on_servers), ("target_kind", every)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, kinds)


@pytest.fixture
def new_database(tmp_path: Path) -> Iterator[Callable[[str], Database]]:
    """Make an empty database of a kind: a path, or a database of its own on the server that the environment names."""
    with ExitStack() as stack:

        def make(kind: str) -> Database:
            if kind == SQLITE:
                return Database.of_file(tmp_path / f"{uuid.uuid4().hex[:8]}" / "metadata.db")
            return stack.enter_context(_on_server(kind))

        yield make


@contextmanager
def _on_server(kind: str) -> Iterator[Database]:
    variable, password_variable, example = SERVERS[kind]
    if not os.environ.get(variable):
        pytest.skip(f"no server: set {variable} to a name such as {example}, and {password_variable} to its password")
    server = Database.parse(os.environ[variable], os.environ.get(password_variable, ""))
    name = f"test_{uuid.uuid4().hex[:12]}"
    with administrator(server) as execute:
        execute(f"CREATE DATABASE {name}")
    try:
        yield Database(kind, None, server.host, server.port, name, server.user, server.password)
    finally:
        with administrator(server) as execute:
            execute(f"DROP DATABASE {name}" + (" WITH (FORCE)" if kind == POSTGRESQL else ""))


@contextmanager
def administrator(database: Database) -> Iterator[Callable[..., Any]]:
    """Say SQL to a database, each statement for itself."""
    place = {"host": database.host, "port": database.port, "user": database.user, "password": database.password}
    if database.kind == MYSQL:
        import pymysql

        connection = pymysql.connect(**place, database=database.name, autocommit=True)
        cursor = connection.cursor()

        def execute(sql: str) -> Any:
            cursor.execute(sql)
            return cursor.fetchall()
    else:
        import psycopg

        connection = psycopg.connect(**place, dbname=database.name, autocommit=True)

        def execute(sql: str) -> Any:
            answer = connection.execute(sql)
            return answer.fetchall() if answer.description else None

    try:
        yield execute
    finally:
        connection.close()


@pytest.fixture
def say() -> Any:
    """`with say(database) as execute: execute(sql)`, on a server."""
    return administrator


@pytest.fixture
def writer_module() -> Any:
    sys.path.insert(0, str(WRITER.parent))
    try:
        import writer

        return writer
    finally:
        sys.path.remove(str(WRITER.parent))


@pytest.fixture
def write(tmp_path: Path, writer_module: Any) -> Callable[..., None]:
    """Record runs `run-0`, `run-1`..., and let go of the store."""

    def run(database: Database, count: int = 2, prefix: str = "run") -> None:
        with writer_module.open_lineage(database, tmp_path / "writers.lock") as lineage:
            for number in range(count):
                writer_module.write_run(lineage, f"{prefix}-{number}")

    return run


@contextmanager
def writer_process(database: Database, folder: Path, prefix: str) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, str(WRITER), str(database), str(folder / "writers.lock"), prefix]
    environment = {**os.environ, PASSWORD_VARIABLE: database.password, "GLOG_minloglevel": "3"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, **pipes, env=environment, text=True) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()


@pytest.fixture
def writers(tmp_path: Path) -> Any:
    """`with writers(database, 4) as started:` processes that record runs one after the other, until stdin ends."""

    @contextmanager
    def start(database: Database, number: int) -> Iterator[list[subprocess.Popen[str]]]:
        with ExitStack() as stack:
            yield [stack.enter_context(writer_process(database, tmp_path, f"writer{n}")) for n in range(number)]

    return start


@pytest.fixture
def killed() -> Callable[[str], None]:
    """Run Python code in a process that kills itself in the middle; fails when it does not."""

    def run(code: str, *words: str, **environment: str) -> None:
        quiet = {"GLOG_minloglevel": "3", **environment}
        done = subprocess.run(
            [sys.executable, "-c", code, *words], env={**os.environ, **quiet}, timeout=60, check=False
        )
        assert done.returncode == -9

    return run
