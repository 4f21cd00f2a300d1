"""Flags that name servers: what is meant by them, and what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipway.cli.__main__ import _parser, main
from shipway.cli.ui import read_options
from shipway.dashboards.options import DashboardOptions
from shipway.dashboards.serving.endpoints import MOST_SERVERS, Endpoint
from shipway.settings import Settings

TOKEN = "a-token-that-is-long-enough"


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], DashboardOptions]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "log").mkdir()

    def options(text: str) -> DashboardOptions:
        words = ["ui", *text.split()]
        parsed = _parser(words).parse_args(words)
        parsed.settings = Settings.from_environment({"SHIPWAY_HOME": str(tmp_path)})
        return read_options(parsed)

    return options


def test_nobody_is_asked_who_was_not_named(read: Callable[[str], Any]) -> None:
    options = read("")
    assert (options.servers, options.prometheus, options.alertmanager, options.inference_log) == ((), None, None, None)


def test_servers_and_their_names(read: Callable[[str], Any], tmp_path: Path) -> None:
    options = read(
        "--servers http://127.0.0.1:8501,blue=https://models.example.com/blue/,http://[::1]:9 --server_token_file token"
    )
    token = tmp_path / "token"
    assert options.servers == (
        Endpoint("127.0.0.1:8501", "http://127.0.0.1:8501", token),
        Endpoint("blue", "https://models.example.com/blue", token),
        Endpoint("[::1]:9", "http://[::1]:9", token),
    )
    options = read(
        "--prometheus http://p:9090/ --alertmanager https://a --alertmanager_token_file token --inference_log log"
    )
    assert options.prometheus == Endpoint("p:9090", "http://p:9090")
    assert options.alertmanager == Endpoint("a:443", "https://a", token)
    assert options.inference_log == tmp_path / "log"
    assert read("--inference_log later").inference_log == tmp_path / "later"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("--servers ftp://h:1", 2, "--servers: 'ftp://h:1' is no http or https address: write http://HOST:PORT"),
        ("--servers localhost:8501", 2, "is no http or https address"),
        ("--servers http://h:99999", 2, "is no address (ValueError"),
        ("--servers http://:80", 2, "is no http or https address"),
        ("--servers http://ada:opensesame@h:1", 2, "has a user or a password"),
        ("--servers http://h:1/?x=1", 2, "has a question"),
        ("--servers x=http://h:1,x=http://h:2", 2, "two servers are called 'x'"),
        (
            "--servers " + ",".join(f"http://h:{port}" for port in range(1, 34)),
            2,
            f"at most {MOST_SERVERS} are watched",
        ),
        ("--servers " + "n" * 61 + "=http://h:1", 2, "at most 60 characters"),
        (
            "--server_token_file token",
            2,
            "--server_token_file is for servers that --servers names: give --servers too.",
        ),
        ("--prometheus_ca_file token", 2, "give --prometheus too"),
        ("--prometheus http://a:1,http://b:2", 2, "--prometheus: 'http://a:1,http://b:2' is more than one address"),
        ("--servers http://h:1 --server_token_file short", 1, "holds 5 characters"),
        ("--servers http://h:1 --server_token_file missing", 1, "cannot be read"),
        ("--servers http://h:1 --server_ca_file token", 1, "cannot be used to check certificates"),
        ("--inference_log token", 2, "is no folder: give the one that 'shipway serve --inference_log' writes to."),
    ],
    ids=range(16),
)
def test_what_cannot_be_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: str, code: int, sentence: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "short").write_text("short")
    got = main(["ui", *words.split()])
    said = capsys.readouterr().err
    assert (got, said.count("\n")) == (code, 1)
    assert sentence in said
    assert "opensesame" not in said
