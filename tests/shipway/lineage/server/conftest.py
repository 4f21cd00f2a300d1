"""Real services on free ports, over a file of their own or a database that the environment names."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import grpc
import pytest

from shipway.lineage.database import MYSQL, POSTGRESQL, SQLITE, Database
from shipway.lineage.server.options import ANY_FREE_PORT, ServiceOptions

SECONDS = 30


class Running:
    """A service in a thread of this process: what its clients need to know."""

    def __init__(self, server: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.server = server
        self._loop = loop

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    @property
    def metrics_url(self) -> str:
        return f"http://127.0.0.1:{self.server.metrics_port}/metrics"

    def client(self, **fields: Any) -> Any:
        """ML Metadata's own client."""
        from ml_metadata.metadata_store import MetadataStore
        from ml_metadata.proto import metadata_store_pb2

        return MetadataStore(
            metadata_store_pb2.MetadataStoreClientConfig(host="127.0.0.1", port=self.server.port, **fields)
        )

    @contextmanager
    def channel(self) -> Iterator[grpc.Channel]:
        with grpc.insecure_channel(self.address) as channel:
            yield channel

    def stop(self) -> Future[None]:
        """Begin to stop the service, as SIGTERM does."""
        return asyncio.run_coroutine_threadsafe(self.server.stop(), self._loop)


@contextmanager
def running(options: ServiceOptions, beside_the_test: Callable[..., AbstractContextManager[None]]) -> Iterator[Running]:
    """The service, for as long as the block lasts."""
    from shipway.lineage.server.server import MetadataServer

    started: Future[Running] = Future()
    finished = threading.Event()

    async def serve() -> None:
        server = MetadataServer(options)
        await server.start()
        started.set_result(Running(server, asyncio.get_running_loop()))
        await asyncio.to_thread(finished.wait)
        await server.stop()

    with beside_the_test(serve, started, finished):
        yield started.result(SECONDS)


Serving = Callable[..., AbstractContextManager[Running]]


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "metadata.db"


@pytest.fixture
def serving(store_file: Path, beside_the_test: Any) -> Serving:
    """`with serving(max_calls=2) as service:` over a file of the test's own."""

    def start(**options: Any) -> AbstractContextManager[Running]:
        options = {"port": ANY_FREE_PORT, "metrics_port": 0, "drain_seconds": 5.0, **options}
        database = options.pop("database", None) or Database.of_file(store_file)
        return running(ServiceOptions(database, **options), beside_the_test)

    return start


@pytest.fixture(scope="session")
def run_service(beside_the_test: Any) -> Callable[[Path], AbstractContextManager[Running]]:
    """`with run_service(path) as service:`, for a fixture of a module's own."""

    def start(path: Path) -> AbstractContextManager[Running]:
        return running(ServiceOptions(Database.of_file(path), port=ANY_FREE_PORT, metrics_port=0), beside_the_test)

    return start


@pytest.fixture
def service(serving: Serving) -> Iterator[Running]:
    with serving() as started:
        yield started


@contextmanager
def writers_wait(path: Path) -> Iterator[None]:
    """Nobody else can write the file for as long as the block lasts."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@pytest.fixture
def hold_up(store_file: Path) -> Callable[[], AbstractContextManager[None]]:
    """`with hold_up():` calls that write have to wait."""
    return lambda: writers_wait(store_file)


class Calls:
    """ML Metadata's methods by name over a channel, with what the plain client cannot send."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel

    def start(self, method: str, fields: dict[str, Any], timeout: float | None = SECONDS, **metadata: str) -> Any:
        """Begin a call; its result is a message."""
        from google.protobuf.json_format import ParseDict

        from shipway.lineage.protos import service_message

        request = ParseDict(fields, service_message(f"{method}Request")())
        called = self._channel.unary_unary(
            f"/ml_metadata.MetadataStoreService/{method}",
            service_message(f"{method}Request").SerializeToString,
            service_message(f"{method}Response").FromString,
        )
        headers = [(name.replace("_", "-"), value) for name, value in metadata.items()]
        return called.future(request, timeout=timeout, metadata=headers)

    def __call__(self, method: str, fields: dict[str, Any], **metadata: Any) -> Any:
        return self.start(method, fields, **metadata).result()


@pytest.fixture
def calls(service: Running) -> Iterator[Calls]:
    with service.channel() as channel:
        yield Calls(channel)


@pytest.fixture(name="Calls")
def calls_fixture() -> type[Calls]:
    return Calls


@pytest.fixture
def artifact_type(calls: Calls) -> int:
    """The id of a type of artifacts."""
    return calls("PutArtifactType", {"artifact_type": {"name": "Thing"}}).type_id


class Certificates:
    """An authority, and a pair that it vouches for on each side, as PEM files."""

    def __init__(self, folder: Path) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._folder = folder
        self._authority = ec.generate_private_key(ec.SECP256R1())
        self.ca = self._write("ca.pem", self._certificate("authority", self._authority, is_authority=True))
        self.server_cert, self.server_key = self._pair("server")
        self.client_cert, self.client_key = self._pair("client")

    @property
    def client_config(self) -> dict[str, str]:
        """The `ssl_config` of ML Metadata's client."""
        return {
            "custom_ca": self.ca.read_text(),
            "client_key": self.client_key.read_text(),
            "server_cert": self.client_cert.read_text(),
        }

    def _pair(self, name: str) -> tuple[Path, Path]:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return self._write(f"{name}.pem", self._certificate(name, key)), self._write(f"{name}.key", pem)

    def _certificate(self, name: str, key: Any, is_authority: bool = False) -> bytes:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.x509.oid import NameOID

        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        address = x509.IPAddress(ip_address("127.0.0.1"))
        builder = (
            x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), address]), critical=False)
        )
        return builder.sign(self._authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _write(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(content)
        return path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Files for TLS on 127.0.0.1."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


SERVERS = {
    MYSQL: ("SHIPWAY_TEST_MARIADB", "SHIPWAY_TEST_MARIADB_PASSWORD"),
    POSTGRESQL: ("SHIPWAY_TEST_POSTGRESQL", "PGPASSWORD"),
}
DATABASES = [SQLITE, *(pytest.param(kind, marks=pytest.mark.databases) for kind in SERVERS)]


@pytest.fixture(scope="module", params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An empty database of each kind; on a server, one that the environment names."""
    kind = request.param
    if kind == SQLITE:
        yield Database.of_file(tmp_path_factory.mktemp("home") / "metadata.db")
        return
    name, password_name = SERVERS[kind]
    if not os.environ.get(name):
        pytest.skip(f"no server: set {name} to {kind}://user@host:port/database, {password_name} to the password")
    server = Database.parse(os.environ[name], os.environ.get(password_name, ""))
    made = replace(server, name=f"test_{uuid.uuid4().hex[:12]}")
    say(server, f"CREATE DATABASE {made.name}")
    yield made
    say(server, f"DROP DATABASE {made.name}" + (" WITH (FORCE)" if kind == POSTGRESQL else ""))


def say(server: Database, statement: str) -> None:
    """Say one statement of SQL to a server."""
    place = {"host": server.host, "port": server.port, "user": server.user, "password": server.password}
    if server.kind == MYSQL:
        import pymysql

        with pymysql.connect(**place, database=server.name) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
    else:
        import psycopg

        with psycopg.connect(**place, dbname=server.name, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture
def drop(database: Database) -> Callable[[str], None]:
    """Say a statement to the server, in which `{name}` is the database."""
    return lambda statement: say(database, statement.format(name=database.name))


@pytest.fixture(scope="module")
def module_service(database: Database, beside_the_test: Any) -> Iterator[Running]:
    """A service for all tests of a module, over each database that there is."""
    options = ServiceOptions(database, port=ANY_FREE_PORT, metrics_port=0, connections=2)
    with running(options, beside_the_test) as started:
        yield started
