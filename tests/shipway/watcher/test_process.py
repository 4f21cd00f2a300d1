"""`shipway watch` as a process, over a real API on HTTP: what it says, its probes, its end."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from shipway.cli.__main__ import main
from shipway.lineage import LineageQueries

spec = importlib.util.spec_from_file_location("stand_in", Path(__file__).parents[2] / "kubernetes_stand_in.py")
stand_in = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stand_in)


@pytest.fixture
def api():
    server = stand_in.KubernetesStandIn()
    yield server
    server.close()


@pytest.fixture
def watch(api, tmp_path):
    """A watcher of the namespace `team`: the process, its address and the lines that it has written."""
    config = tmp_path / "config"
    config.write_text(
        "{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: c, user: u}}], "
        f"clusters: [{{name: c, cluster: {{server: '{api.url}'}}}}], users: [{{name: u, user: {{}}}}]}}"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHIPWAY_")}
    environment |= {"KUBECONFIG": str(config), "SHIPWAY_METADATA": str(tmp_path / "metadata.db")}
    command = [sys.executable, "-m", "shipway.cli", "watch", "--namespace", "team", "--port", "0"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path
    )
    lines = [process.stdout.readline()]
    reader = threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True)
    reader.start()
    yield process, re.search(r"http://[\d.:]+(?=/metrics)", lines[0])[0], lines
    process.kill()
    process.wait()
    reader.join()
    process.stdout.close()


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def until(ask, seconds=10):
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return answer


def test_it_watches_records_and_ends(api, watch, of, tmp_path):
    process, url, lines = watch
    assert lines[0].startswith(f"Watching the runs of namespace team at {api.url}, recording in ")
    assert get(f"{url}/healthz") == (200, "ok\n")
    until(lambda: get(f"{url}/readyz") == (200, "ok\n"))
    api.put(stand_in.WORKFLOWS.format("team"), of.workflow("Running"))
    api.put(stand_in.PODS.format("team"), of.pod("trainer", "Failed", **of.container("OOMKilled", 137)))
    api.put(stand_in.WORKFLOWS.format("team"), of.workflow("Failed", ended=30))
    until(lambda: 'shipway_watch_run_ends_total{namespace="team",state="FAILED"} 1.0' in get(f"{url}/metrics")[1])
    until(lambda: 'shipway_watch_deaths_total{namespace="team",reason="OOMKilled"} 1.0' in get(f"{url}/metrics")[1])
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert [one.state for one in LineageQueries.open(tmp_path / "metadata.db").run("run-1")] == ["FAILED"]


def test_a_cluster_that_refuses_is_told_and_no_reason_to_end(api, watch):
    process, url, lines = watch
    until(lambda: get(f"{url}/readyz")[0] == 200)
    said = 'pods is forbidden: User "w" cannot watch resource "pods" in API group "" in the namespace "team"'
    api.refuse(403, said, times=20)
    api.break_watches()
    until(lambda: any("lacks the verb 'watch' on 'pods' in namespace 'team'" in line for line in lines))
    assert process.poll() is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "SHIPWAY_METADATA is not set, so there is no store to record runs in"),
        (["--lost_seconds", "-1"], "--lost_seconds is -1: give at least 0 seconds"),
        (["--host", "0.0.0.0"], "give it --token_file"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_asked(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("SHIPWAY_METADATA", raising=False)
    if words:
        monkeypatch.setenv("SHIPWAY_METADATA", str(tmp_path / "metadata.db"))
    assert main(["watch", *words]) == 2
    assert said in capsys.readouterr().err
