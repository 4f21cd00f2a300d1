"""`shipway metadata serve` as a process: what it says, how it ends, what it refuses."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import grpc
import pytest

from shipway.cli.__main__ import main

SERVING = re.compile(r"listening on grpc://(\S+) and (http://\S+); serving (\S+)")


@pytest.fixture
def start(tmp_path):
    """Start the command; its process and the line in which it says where it listens."""
    processes = []

    def started(*flags):
        command = [
            sys.executable,
            "-m",
            "shipway.cli",
            "metadata",
            "serve",
            "--port",
            "-1",
            "--metrics_port",
            "-1",
            *flags,
        ]
        environment = {**os.environ, "SHIPWAY_HOME": str(tmp_path / "home")}
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        processes.append(process)
        lines = []
        for line in process.stderr:
            lines.append(line)
            if found := SERVING.search(line):
                return process, found
        raise AssertionError("".join(lines))

    yield started
    for process in processes:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_it_serves_the_homes_store_until_it_is_told_to_end(start, tmp_path, number, Calls):
    process, said = start()
    assert said[3] == f"sqlite:{tmp_path}/home/metadata.db"
    with grpc.insecure_channel(said[1]) as channel:
        assert Calls(channel)("PutArtifactType", {"artifact_type": {"name": "Thing"}}).type_id
    process.send_signal(number)
    assert process.wait(30) == 0
    assert "stopped" in process.stderr.read()
    assert (tmp_path / "home" / "metadata.db").exists()


def test_engines_end_with_a_server_that_was_killed(start):
    process, _ = start()
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as listed:
        children = listed.read().split()
    assert len(children) == 3
    process.kill()
    process.wait()
    while any(os.path.exists(f"/proc/{pid}") and _is_running(pid) for pid in children):
        time.sleep(0.005)


def _is_running(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (["--host", "0.0.0.0"], 2, "would listen on 0.0.0.0 for everyone: give --token_file"),
        (["--max_calls", "0"], 2, "--max_calls is 0, and must be from 1"),
        (["--tls_key_file", "key.pem"], 2, "TLS lacks --tls_cert_file"),
        (["--token_file", "no-such-file"], 1, "The token file 'no-such-file' cannot be read"),
        (["--database", "oracle://me@here/x"], 2, "has no kind that is known"),
        (["--database", "mysql://me:secret@here/x"], 2, "holds a password"),
        (["--tls_key_file", "k", "--tls_cert_file", "c"], 1, "The file 'c' cannot be read"),
    ],
    ids=["open to all", "a number", "half of TLS", "no token", "no database", "a password", "no certificate"],
)
def test_what_cannot_be_served_is_one_sentence(flags, code, said, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main(["metadata", "serve", "--port=-1", "--metrics_port=0", *flags]) == code
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize("flag", ["port", "metrics_port"])
def test_a_port_that_is_taken_is_said_to_be(flag, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["metadata", "serve", "--port=-1", "--metrics_port=-1", f"--{flag}={port}"]) == 1
    assert (
        f"cannot listen on 127.0.0.1:{port}: stop what listens there, or choose another --{flag}"
        in capsys.readouterr().err
    )


def test_help_names_every_flag(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["metadata", "serve", "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for flag in ("--database", "--database_password_file", "--token_file", "--metrics_port", "--drain_seconds"):
        assert flag in shown
