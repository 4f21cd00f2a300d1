"""`shipway ui`: options that cannot be meant, and the real process."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shipway.cli.__main__ import main

LONG_ENOUGH = "a-token-that-is-long-enough"


@pytest.fixture
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Exit code and sentence of a call that starts nothing."""
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "token").write_text(LONG_ENOUGH)
    (tmp_path / "short").write_text("short")

    def call(*words: str) -> tuple[int, str]:
        code = main(["ui", *words])
        return code, capsys.readouterr().err

    return call


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("--host 0.0.0.0", 2, "do not listen on '0.0.0.0', where others reach them, without knowing whom to let in"),
        ("--host example.org", 2, "without knowing whom to let in"),
        ("--auth_header X-Email", 2, "name their addresses with --trusted_proxies"),
        ("--operators ada@example.com", 2, "give --auth_header too"),
        ("--trusted_proxies here", 2, "'here' is no address and no network"),
        ("--tls_cert_file cert.pem", 2, "belong together"),
        ("--port 0 --token_file short", 1, "holds 5 characters"),
        ("--port 0 --token_file missing", 1, "cannot be read"),
        ("--port 0 --token_file token --operator_token_file token", 1, "hold the same token"),
        ("--port 0 --session_key_file short", 1, "holds 5 characters"),
        ("--port 0 --tls_cert_file token --tls_key_file token", 1, "TLS cannot use the certificate"),
        ("--host 192.0.2.55 --port 0 --token_file token", 1, "cannot listen on 192.0.2.55:0"),
    ],
    ids=range(12),
)
def test_options_that_cannot_be_meant(
    refused: Callable[..., tuple[int, str]], words: str, code: int, sentence: str
) -> None:
    got, said = refused(*words.split())
    assert (got, said.count("\n")) == (code, 1)
    assert sentence in said


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none(refused: Callable[..., tuple[int, str]], port: str) -> None:
    with pytest.raises(SystemExit):
        refused(f"--port={port}")


def test_a_port_that_is_taken(refused: Callable[..., tuple[int, str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refused("--port", str(port))
    assert code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert "choose another --port" in said


def test_libraries_that_are_not_installed(
    refused: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_multipart", None)
    code, said = refused("--port", "0")
    assert (code, said.count("\n")) == (1, 1)
    assert "need python_multipart: install what they run on with pip install 'shipway[ui]'" in said


def test_operators_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from shipway.cli.__main__ import _parser
    from shipway.cli.ui import read_options
    from shipway.settings import Settings

    file = tmp_path / "operators"
    file.write_text("# who may resume\nAda@example.com\nbob@example.com, eve@example.com\n\n")

    def operators(text: str) -> frozenset[str]:
        words = ["ui", "--auth_header", "X", "--trusted_proxies", "10.0.0.0/8, ::1", "--operators", text]
        parsed = _parser(words).parse_args(words)
        parsed.settings = Settings.from_environment({"SHIPWAY_HOME": str(tmp_path)})
        return read_options(parsed).operators

    assert operators(str(file)) == {"ada@example.com", "bob@example.com", "eve@example.com"}
    assert operators("Ada@example.com") == {"ada@example.com"}


def test_the_command_line_stays_light() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, shipway.cli.ui; print([m for m in sys.modules if m in "
         "('fastapi', 'uvicorn', 'jinja2', 'ml_metadata', 'pyarrow')])"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert said.strip() == "[]"


@contextmanager
def started(home: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The real process, and the address that it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "shipway.cli", "ui", "--port", "0", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "SHIPWAY_HOME": str(home)},
    )  # fmt: skip
    assert process.stdout is not None
    with process:
        try:
            first, second = process.stdout.readline(), process.stdout.readline()
            assert first.startswith(f"Dashboards of {home}."), first + process.communicate()[1]
            yield process, second.removeprefix("Open ").strip()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_the_address_that_is_printed_opens_the_dashboards_until_a_signal(tmp_path: Path, number: int) -> None:
    import httpx

    with started(tmp_path / "home") as (process, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/sign-in\?token=[\w-]{32}", address)
        with httpx.Client(trust_env=False, follow_redirects=True) as client:
            page = client.get(address)
            assert "<h1>Overview</h1>" in page.text
            assert "token=" not in str(page.url)
            assert "/audit" in page.text
        process.send_signal(number)
        assert process.wait(20) == 0
        assert "Traceback" not in process.communicate()[1]


def test_over_tls(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    import httpx

    (tmp_path / "token").write_text(LONG_ENOUGH)
    cert, key = certificate
    words = ["--token_file", str(tmp_path / "token"), "--tls_cert_file", str(cert), "--tls_key_file", str(key)]
    with started(tmp_path / "home", *words) as (_, address):
        assert re.fullmatch(r"https://127\.0\.0\.1:\d+/", address)
        with httpx.Client(trust_env=False, verify=str(cert)) as client:
            answer = client.get(f"{address}sign-in", params={"token": LONG_ENOUGH})
            assert answer.status_code == 303
            assert answer.headers["set-cookie"].startswith("__Host-shipway-")
            assert "; Secure" in answer.headers["set-cookie"]
            assert client.get(address).status_code == 200


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that has signed itself."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command: list[Any] = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return cert, key
