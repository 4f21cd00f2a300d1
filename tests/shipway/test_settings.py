"""What the environment says about the metadata store, right and wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from shipway.errors import UsageError
from shipway.settings import MetadataAddress, Settings
from shipway.settings.metadata_address import BadCredentials, BadMetadataAddress, BadPatience


def metadata(value: str, **others: str) -> MetadataAddress | None:
    named = {f"SHIPWAY_METADATA_{name.upper()}": value for name, value in others.items()}
    return Settings.from_environment({"SHIPWAY_METADATA": value, **named}).metadata


@pytest.fixture
def secret(tmp_path: Path) -> str:
    (tmp_path / "secret").write_text("secret")
    return str(tmp_path / "secret")


def test_nothing_is_set(tmp_path: Path) -> None:
    settings = Settings.from_environment({"SHIPWAY_HOME": str(tmp_path), "SHIPWAY_METADATA_TOKEN_FILE": "/nowhere"})
    assert settings.metadata is None
    assert settings.local_metadata.path == tmp_path / "metadata.db"
    assert settings.local_metadata.place == str(tmp_path / "metadata.db")


def test_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert metadata("store.db") == MetadataAddress(tmp_path / "store.db")
    (tmp_path / "odd:1").touch()
    assert metadata("odd:1") == MetadataAddress(tmp_path / "odd:1")


@pytest.mark.parametrize(
    ("value", "target", "is_secure"),
    [
        ("grpc://metadata:8080", "metadata:8080", False),
        ("grpc://metadata:8080/", "metadata:8080", False),
        ("grpcs://metadata.example.com:443", "metadata.example.com:443", True),
        ("grpc://[::1]:8080", "[::1]:8080", False),
    ],
)
def test_a_service(value: str, target: str, is_secure: bool) -> None:
    address = metadata(value)
    assert address is not None
    assert (address.path, address.target, address.is_secure) == (None, target, is_secure)
    assert address.place == value.rstrip("/")


def test_all_that_belongs_to_a_service(secret: str, tmp_path: Path) -> None:
    names = ("token_file", "ca_file", "cert_file", "key_file")
    environment = {f"SHIPWAY_METADATA_{name.upper()}": secret for name in names}
    environment |= {"SHIPWAY_METADATA": "grpcs://m:1", "SHIPWAY_SPOOL": "spool", "SHIPWAY_METADATA_PATIENCE": "2.5"}
    address = Settings.from_environment(environment).metadata
    assert address is not None
    assert {getattr(address, name) for name in names} == {Path(secret)}
    assert (address.spool, address.patience_seconds) == (Path("spool").absolute(), 2.5)
    assert MetadataAddress.from_json(address.to_json()) == address
    assert address.spooling_to(tmp_path) == address


def test_records_wait_in_the_home_unless_another_folder_is_set(tmp_path: Path) -> None:
    environment = {"SHIPWAY_HOME": str(tmp_path), "SHIPWAY_METADATA": "grpc://m:1"}
    settings = Settings.from_environment(environment)
    assert settings.metadata is not None
    assert settings.metadata.spool is None
    assert settings.local_metadata.spool == tmp_path / "spool"
    settings = Settings.from_environment({**environment, "SHIPWAY_SPOOL": str(tmp_path / "volume")})
    assert settings.local_metadata.spool == tmp_path / "volume"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("http://metadata:8080", "'http' is no scheme of a metadata store"),
        ("mysql://root@db/metadata", "'mysql' is no scheme of a metadata store"),
        ("metadata:8080", "looks like a service without its scheme"),
        ("grpc://metadata", "names no port"),
        ("grpc://metadata:0", "names no port"),
        ("grpc://metadata:http", "whose port is no number from 1 to 65535"),
        ("grpc://metadata:99999", "whose port is no number from 1 to 65535"),
        ("grpc://:8080", "names no host"),
        ("grpc://metadata:8080/store", "says more than a host and a port"),
        ("grpc://metadata:8080?x=1", "says more than a host and a port"),
        ("grpc://ann:geheim@metadata:8080", "holds a user or password"),
        ("grpc://[::1", "which is no address"),
    ],
)
def test_a_wrong_address_gets_one_sentence(value: str, words: str) -> None:
    with pytest.raises(BadMetadataAddress) as raised:
        metadata(value)
    assert words in str(raised.value)
    assert "give a file, grpc://HOST:PORT, or grpcs://HOST:PORT for TLS." in str(raised.value)
    assert "geheim" not in str(raised.value)


def test_credentials_that_are_of_no_use(secret: str, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for value, others, words in (
        ("grpc://m:1", {"token_file": "/nowhere/token"}, "TOKEN_FILE is '/nowhere/token', and no file lies there"),
        ("grpc://m:1", {"token_file": str(tmp_path)}, "which cannot be read (Is a directory)"),
        ("grpc://m:1", {"token_file": str(tmp_path / "empty")}, "which is empty"),
        ("grpc://m:1", {"ca_file": secret}, "but 'grpc://m:1' is plain text: write grpcs://"),
        ("grpcs://m:1", {"cert_file": secret}, "set SHIPWAY_METADATA_KEY_FILE too"),
        ("grpcs://m:1", {"key_file": secret}, "set SHIPWAY_METADATA_CERT_FILE too"),
        ("store.db", {"token_file": secret}, "but SHIPWAY_METADATA is a file"),
    ):
        with pytest.raises(BadCredentials) as raised:
            metadata(value, **others)
        assert words in str(raised.value)


def test_a_patience_that_is_no_time() -> None:
    for value in ("soon", "-1", "nan", "inf"):
        with pytest.raises(BadPatience, match=f"'{value}', which is no number of seconds"):
            metadata("grpc://m:1", patience=value)
    assert issubclass(BadPatience, UsageError)
