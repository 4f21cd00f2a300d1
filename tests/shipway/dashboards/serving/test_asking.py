"""A question to a server ends: in time, in size, and where it was asked."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipway.dashboards.serving.asking import NoAnswer, ask, ask_json
from shipway.dashboards.serving.endpoints import Endpoint


def test_an_answer_and_the_token_that_was_shown(web: Callable[[], Any], tmp_path: Path) -> None:
    server = web()
    server.says("/prefix/x", {"a": [1]})
    (tmp_path / "token").write_text("a-token-that-is-long-enough\n")
    endpoint = Endpoint("main", f"{server.url}/prefix", tmp_path / "token")
    assert ask_json(endpoint, "/x?q=1") == {"a": [1]}
    (method, path, headers) = server.asked[0]
    assert (method, path) == ("GET", "/prefix/x?q=1")
    assert headers["authorization"] == "Bearer a-token-that-is-long-enough"
    (tmp_path / "token").write_text("another-token-of-some-length")
    ask_json(endpoint, "/x")
    assert server.asked[1][2]["authorization"] == "Bearer another-token-of-some-length"
    (tmp_path / "token").write_text("short")
    with pytest.raises(NoAnswer, match="holds 5 characters"):
        ask_json(endpoint, "/x")
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (302, b"", "it sends elsewhere, 302, and that is not followed"),
        (401, b"{}", "it wants another token, 401"),
        (500, b"{}", "it answers 500"),
        (200, b"<html>", "is no JSON"),
        (200, b"[" * 100_000, "is no JSON"),
    ],
)
def test_answers_that_are_none(web: Callable[[], Any], status: int, body: bytes, sentence: str) -> None:
    elsewhere, server = web(), web()
    elsewhere.says("/x", {})
    server.headers["location"] = f"{elsewhere.url}/x"
    server.says("/x", body, status=status)
    with pytest.raises(NoAnswer, match="main does not answer at http") as told:
        ask_json(server.endpoint(), "/x")
    assert sentence in str(told.value)
    assert elsewhere.asked == []


def test_too_much_and_too_slow(web: Callable[[], Any]) -> None:
    server = web()
    server.says("/x", b"x" * 200_000)
    with pytest.raises(NoAnswer, match="more than 100,000 bytes"):
        ask(server.endpoint(), "/x", most_bytes=100_000)
    server.delay = 1.0
    began = time.monotonic()
    with pytest.raises(NoAnswer, match=r"nothing within 0\.2 s"):
        ask(server.endpoint(), "/x", seconds=0.2)
    assert time.monotonic() - began < 0.9


def test_a_server_that_says_a_byte_now_and_then() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stopping = threading.Event()

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                while not stopping.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="nothing within"):
            ask(Endpoint("slow", f"http://127.0.0.1:{listening.getsockname()[1]}"), "/", seconds=0.4)
        assert time.monotonic() - began < 2
        stopping.set()
        thread.join()


def test_nobody_listens_and_no_proxy_is_asked(web: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = web()
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NoAnswer, match="Connection refused"):
        ask(Endpoint("gone", f"http://127.0.0.1:{port}"), "/x")
    assert proxy.asked == []


def test_certificates_are_checked(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"

        def answer() -> None:
            for _ in range(2):
                try:
                    with context.wrap_socket(listening.accept()[0], server_side=True) as connection:
                        connection.recv(1000)
                        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                except OSError:
                    continue

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NoAnswer, match="self-signed certificate"):
            ask(Endpoint("tls", url), "/")
        assert ask_json(Endpoint("tls", url, ca_file=certificate), "/") == {}
        thread.join()
