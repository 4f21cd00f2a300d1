"""The server as people run it: a process that loads, answers, swaps, drains, and says in one sentence why it cannot."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.tensorflow

TOKEN = "0123456789abcdef0123456789abcdef"
LISTENING = re.compile(r"listening on (https?://\S+:\d+)(?: and grpc ([^\s;]+))?")


@pytest.fixture(scope="module")
def saved_models(tmp_path_factory) -> Path:
    """Version 1 adds `rounds` ones to `x`, one after the other; version 2 counts down instead."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("models")
    for version, step in (("1", 1.0), ("2", -1.0)):
        module = tf.Module()

        def count(x, rounds, step=step):
            total = tf.while_loop(
                lambda done, _: done < tf.reduce_max(rounds), lambda done, sum: (done + 1, sum + step), [0, x]
            )
            return {"sum": total[1]}

        module.count = tf.function(
            count, input_signature=[tf.TensorSpec([None], tf.float32, "x"), tf.TensorSpec([None], tf.int32, "rounds")]
        )
        tf.saved_model.save(module, str(folder / version), signatures={"serving_default": module.count})
    return folder


class Process:
    """A running server, its addresses and what it printed."""

    def __init__(self, *flags: str, module: tuple[str, ...] = ("-m", "shipway.serving")) -> None:
        ports = () if any("port" in flag for flag in flags) else ("--rest_api_port=-1", "--port=-1")
        self.popen = subprocess.Popen(
            [sys.executable, *module, *ports, *flags],
            stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        self.printed: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.popen.stderr:
            self.printed.append(line)

    def wait_for(self, text: str, seconds: float = 60.0) -> str:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in list(self.printed):
                if text in line:
                    return line
            if self.popen.poll() is not None:
                self._reader.join(5)
                break
            time.sleep(0.02)
        found = next((line for line in self.printed if text in line), None)
        assert found, "".join(self.printed)
        return found

    def ready(self) -> "Process":
        self.wait_for("ready after")
        self.url, self.grpc = LISTENING.search(self.wait_for("listening on")).groups()
        return self

    def ask(self, path: str, body=None, headers=None, context=None):
        """The status, the headers and the JSON of a response."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as response:
                text = response.read().decode()
                return response.status, response.headers, text if path == "/metrics" else json.loads(text)
        except urllib.error.HTTPError as error:
            return error.code, error.headers, json.loads(error.read())

    def count(self, x: float, rounds: int = 3) -> list[float]:
        status, _, answer = self.ask("/v1/models/count:predict", {"instances": [{"x": x, "rounds": rounds}]})
        assert status == 200, answer
        return answer["predictions"]

    def stop(self) -> int:
        self.popen.send_signal(signal.SIGTERM)
        code = self.popen.wait(30)
        self._reader.join(5)
        return code


@pytest.fixture
def start():
    processes = []

    def start_one(*flags, **options):
        processes.append(Process(*flags, **options))
        return processes[-1]

    yield start_one
    for process in processes:
        if process.popen.poll() is None:
            process.popen.kill()
            process.popen.wait()
        process.popen.stderr.close()
        process.popen.stdout.close()


@pytest.fixture
def base_path(saved_models, tmp_path) -> Path:
    shutil.copytree(saved_models / "1", tmp_path / "count" / "1")
    return tmp_path / "count"


def test_a_served_model_answers_is_swapped_and_drained(start, saved_models, base_path):
    server = start("--model_name=count", f"--model_base_path={base_path}", "--enable_profiler").ready()
    assert "--enable_profiler has no effect here" in server.wait_for("has no effect")
    assert server.count(5.0) == [8.0]
    assert _predict_over_grpc(server.grpc, 5.0) == [8.0]
    status, headers, _ = server.ask("/v1/models/other:predict", {"instances": [1]})
    assert status == 404
    assert len(headers["x-tracking-id"]) == 24

    shutil.copytree(saved_models / "2", base_path / ".2")
    (base_path / ".2").rename(base_path / "2")
    answers = []
    deadline = time.monotonic() + 20
    while answers[-1:] != [2.0] and time.monotonic() < deadline:
        answers += server.count(5.0)
    assert set(answers) == {8.0, 2.0}

    _, _, metrics = server.ask("/metrics")
    assert re.search(r'shipway_serving_requests_total\{[^}]*code="OK"[^}]*transport="grpc",version="1"\} 1\.0', metrics)

    slow: list[float] = []
    caller = threading.Thread(target=lambda: slow.extend(server.count(0.0, 300_000)))
    caller.start()
    time.sleep(0.3)
    assert caller.is_alive()
    assert server.stop() == 0
    caller.join(10)
    assert slow == [-300_000.0]
    assert "stopped" in server.printed[-1]


def _predict_over_grpc(address: str, x: float) -> list[float]:
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest
    from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

    request = PredictRequest()
    request.model_spec.name = "count"
    request.inputs["x"].CopyFrom(tf.make_tensor_proto([x], tf.float32))
    request.inputs["rounds"].CopyFrom(tf.make_tensor_proto([3], tf.int32))
    with grpc.insecure_channel(address) as channel:
        response = PredictionServiceStub(channel).Predict(request, timeout=20)
    assert response.model_spec.version.value == 1
    return list(response.outputs["sum"].float_val)


def test_configuration_tokens_and_tls_hold_for_a_process(start, saved_models, tmp_path):
    token = tmp_path / "token"
    token.write_text(TOKEN)
    config = tmp_path / "models.config"
    entry = 'model_config_list {{ config {{ name: "{}" base_path: "{}" model_platform: "tensorflow" {} }} }}'
    both = "model_version_policy { all {} } version_labels { key: 'stable' value: 1 }"
    config.write_text(entry.format("count", saved_models, both))
    traffic = tmp_path / "traffic.yaml"
    traffic.write_text("models: {count: {arms: [{name: old, version: 1, weight: 1}]}}")
    server = start(
        f"--model_config_file={config}", "--model_config_file_poll_wait_seconds=1", f"--token_file={token}",
        f"--traffic_config_file={traffic}", f"--inference_log={tmp_path / 'log'}", "--enable_batching=false",
    ).ready()  # fmt: skip
    body = {"instances": [{"x": 5.0, "rounds": 3}]}
    known = {"authorization": f"Bearer {TOKEN}"}
    assert server.ask("/v1/models/count:predict", body)[0] == 401
    assert server.ask("/metrics", None, known)[0] == 200
    assert server.ask("/healthz")[0] == 200
    status, headers, answer = server.ask("/v1/models/count:predict", body, {**known, "x-tracking-id": "flight-7"})
    assert (status, answer) == (200, {"predictions": [8.0]})
    assert headers["x-tracking-id"] == "flight-7"
    assert server.ask("/v1/models/count/versions/2:predict", body, known)[2] == {"predictions": [2.0]}
    assert server.ask("/v1/models/count/labels/stable:predict", body, known)[2] == {"predictions": [8.0]}

    config.write_text(entry.format("renamed", saved_models, ""))
    deadline = time.monotonic() + 20
    while server.ask("/v1/models/renamed:predict", body, known)[0] != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert server.ask("/v1/models/renamed:predict", body, known)[2] == {"predictions": [2.0]}
    assert server.ask("/v1/models/count:predict", body, known)[0] == 404
    assert server.stop() == 0
    assert _logged(tmp_path / "log")["flight-7"] == ("old", 8.0)


def _logged(folder: Path) -> dict[str, tuple[str, float]]:
    """The arm and the answer by tracking id."""
    import pyarrow.parquet as pq

    rows = [row for path in folder.rglob("*.parquet") for row in pq.ParquetFile(path).read().to_pylist()]
    return {row["tracking_id"]: (row["arm"], row["outputs"]["sum"]) for row in rows}


def test_a_port_that_is_taken_is_said_before_anything_is_loaded(start, base_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for flags in (f"--rest_api_port={port}", "--port=0"), ("--rest_api_port=0", f"--port={port}"):
            process = start(f"--model_base_path={base_path}", *flags)
            assert process.popen.wait(60) == 1
            assert f"cannot listen on 127.0.0.1:{port}" in process.wait_for("Error:")
            assert len(process.printed) == 1
