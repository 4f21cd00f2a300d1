"""A real `shipway serve` with two arms and an inference log, asked for what its model did not learn."""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shipway.dashboards.serving.endpoints import Endpoint

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:np.find_common_type:DeprecationWarning"),  # pandas 1.5 with numpy 1.26
]
TRAFFIC = """
models:
  taste:
    arms:
      - {name: old, version: 1, weight: 50}
      - {name: new, version: 2, weight: 50}
"""
CONFIG = """model_config_list { config { name: "taste" base_path: "FOLDER" model_platform: "sklearn"
  model_version_policy { latest { num_versions: 2 } } } }"""


class Server:
    """The process; `url` is where REST listens."""

    def __init__(self, process: subprocess.Popen[str], said: Path) -> None:
        self.process = process
        self.said = said
        self.url = ""

    def predict(self, inputs: dict[str, Any]) -> None:
        body = json.dumps({"inputs": inputs}).encode()
        with urllib.request.urlopen(f"{self.url}/v1/models/taste:predict", body, timeout=20) as answer:
            assert answer.status == 200

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(30) == 0


@pytest.fixture
def server(tmp_path: Path, training_rows: Callable[..., Any], waited_for: Callable[..., Any]) -> Iterator[Server]:
    skops = pytest.importorskip("skops.io")
    rows = training_rows()
    table = importlib.import_module("pandas").DataFrame({name: rows[name] for name in ("sweet", "sour")})
    model = importlib.import_module("sklearn.linear_model").LogisticRegression().fit(table, rows["bought"])
    for version in ("1", "2"):
        (tmp_path / "models" / version).mkdir(parents=True)
        skops.dump(model, tmp_path / "models" / version / "model.skops")
    (tmp_path / "models.config").write_text(CONFIG.replace("FOLDER", str(tmp_path / "models")))
    (tmp_path / "traffic.yaml").write_text(TRAFFIC)
    said = tmp_path / "said"
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "shipway.cli", "serve", f"--model_config_file={tmp_path / 'models.config'}",
             f"--traffic_config_file={tmp_path / 'traffic.yaml'}", f"--inference_log={tmp_path / 'log'}",
             "--rest_api_port=-1", "--port=-1"],
            stdout=output, stderr=output, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    running = Server(process, said)
    try:
        assert waited_for(lambda: "ready after" in said.read_text() or process.poll() is not None, 120)
        found = re.search(r"listening on (https?://\S+:\d+)", said.read_text())
        assert found, said.read_text()
        running.url = found[1]
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)


def test_what_it_serves_is_shown_and_drift_is_found(
    server: Server, orchard: Any, dashboards: Callable[..., Any], tmp_path: Path, live_rows: Callable[..., Any],
    waited_for: Callable[..., Any],
) -> None:  # fmt: skip
    orchard.run("run-1", "1")
    orchard.run("run-2", "2")
    endpoint = Endpoint("real", server.url)
    served = dashboards(orchard.home, servers=(endpoint,), inference_log=tmp_path / "log")
    fleet = served.app.state.doors.site.fleet
    (watch,) = fleet.watches
    waited_for(lambda: watch.snapshot.answers)
    assert [(one.model, one.version, one.state) for one in fleet.served()] == [
        ("taste", 1, "READY"),
        ("taste", 2, "READY"),
    ]
    rows = live_rows()
    for start in range(0, 600, 4):
        few = slice(start, start + 4)
        sour = np.nan_to_num(rows["sour"][few], nan=5.0)
        server.predict({"sweet": rows["sweet"][few].tolist(), "sour": sour.tolist()})
    watch.look()
    with served.client() as client:
        page = client.get("/serving").text
        assert page.count('href="/serving/taste"') >= 3
        assert "old 50 %" in page
        page = client.get("/serving/taste").text
        assert "old: version 1" in page
        assert "new: version 2" in page
        requests = [int(number) for number in re.findall(r"OK (\d+)</span>", page)]
        assert sum(requests) == 150
        assert min(requests) > 30
        assert "Nothing is logged" in waited_for(lambda: _drift(client, "?part=drift"))
        server.stop()
        watch.look()
        assert "real does not answer" in client.get("/serving").text
        page = waited_for(lambda: _drift(client, "?part=drift&version=2"))
    found = re.findall(
        r'<tr( class="different")?>\s*<th scope="row"><span class="identifier" dir="auto" title="(\w+)">', page
    )
    assert found == [(' class="different"', "sweet"), ("", "sour")]


def _drift(client: Any, query: str) -> str:
    """The comparison, once it is there."""
    text: str = client.get(f"/serving/taste{query}").text
    return "" if "being compared" in text else text
