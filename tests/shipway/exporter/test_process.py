"""The command, as a process: it starts, tells, and ends when it is told to."""

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from shipway.cli.__main__ import main


def test_it_serves_and_ends(records, tmp_path):
    records.step("trainer")
    environment = {**os.environ, "SHIPWAY_HOME": str(records.path.parent)}
    command = [sys.executable, "-m", "shipway.cli", "exporter", "--port", "0", "--quiet_seconds", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline()
            url = re.search(r"http://\S+/metrics", line)[0]
            with urllib.request.urlopen(url, timeout=20) as answer:
                assert b"shipway_exporter_errors_total" in answer.read()
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("flags", "sentence"), [(["--host", "0.0.0.0"], "--token_file"), (["--refresh_seconds", "0"], "at least")]
)
def test_wrong_usage(flags, sentence, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path))
    assert main(["exporter", *flags]) == 2
    assert sentence in capsys.readouterr().err
