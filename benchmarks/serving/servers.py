"""Starting and stopping the servers that are compared, each a process of its own on free loopback ports."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from payloads import MODEL

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
START_SECONDS = 90
STOP_SECONDS = 20
READY = f"/v2/models/{MODEL}/ready"
"""All of them speak the Open Inference Protocol, and answer 200 to this when the model can be asked."""

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}


class ServerFailed(Exception):
    """A server did not start, or ended; the message holds the end of its log."""


@dataclass
class Server:
    """One server: how it is started, where it listens, and what to note of its settings."""

    name: str
    command: list[str]
    rest_port: int
    grpc_port: int
    settings: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, **QUIET, **self.environment},
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def url(self, path: str, grpc: bool = False) -> str:
        """The address of `path` on the REST port or the gRPC port."""
        return f"http://127.0.0.1:{self.grpc_port if grpc else self.rest_port}{path}"

    def get(self, path: str) -> bytes:
        """What the REST port answers to a GET; raises `OSError` for no answer and for an error status."""
        with urllib.request.urlopen(self.url(path), timeout=5) as response:
            return bytes(response.read())

    def stop(self) -> None:
        """End the process: asked first, then killed."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                self.get(READY)
                return
            except OSError:
                pass
            time.sleep(0.2)
        end = self._log.read_text(errors="replace")[-2000:]
        raise ServerFailed(f"{self.name} was not ready within {START_SECONDS} s ({' '.join(self.command)}):\n{end}")


def shipway(base: Path, folder: Path, name: str = "Shipway", flags: Sequence[str] = ()) -> Server:
    """Our server on the versions below `base`, with `flags` beyond the ports and the model."""
    rest, grpc = free_ports(2)
    command = [str(ROOT / ".venv" / "bin" / "shipway"), "serve", f"--model_name={MODEL}", f"--model_base_path={base}"]
    command += [f"--rest_api_port={rest}", f"--port={grpc}", *flags]
    settings = " ".join(["shipway serve", *flags]).strip()
    return Server(name, command, rest, grpc, settings, folder)


def kserve(model: Path, folder: Path, call: str) -> Server:
    """KServe's `ModelServer`, calling the model as `documented` or `fast`."""
    rest, grpc = free_ports(2)
    command = [sys.executable, str(HERE / "opponents" / "kserve_server.py"), str(model), str(rest), str(grpc), call]
    settings = "workers=1, enable_latency_logging=False, loggers at WARNING (no access log), uvloop"
    return Server(_named("KServe", call), command, rest, grpc, settings, folder)


def mlserver(model: Path, folder: Path, call: str, python: Path, batching: dict[str, Any] | None = None) -> Server:
    """MLServer in its own environment; `batching` holds the two settings of its adaptive batching."""
    rest, grpc, metrics = free_ports(3)
    server_settings = {"debug": False, "parallel_workers": 0, "metrics_endpoint": None, "gzip_enabled": False}
    addresses = {"host": "127.0.0.1", "http_port": rest, "grpc_port": grpc, "metrics_port": metrics}
    model_settings = {
        "name": MODEL,
        "implementation": "mlserver_runtime.Runtime",
        "parameters": {"extra": {"call": call, "saved_model": str(model)}},
        **(batching or {}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(server_settings | addresses))
    (folder / "model-settings.json").write_text(json.dumps(model_settings))
    command = [str(python.parent / "mlserver"), "start", "."]
    settings = json.dumps(server_settings | (batching or {})) + ", uvloop (its default)"
    wait = f" batching {1000 * batching['max_batch_time']:g} ms" if batching else ""
    name = _named(f"MLServer{wait}", call)
    environment = {"PYTHONPATH": str(HERE / "opponents")}
    return Server(name, command, rest, grpc, settings, folder, environment)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listened on a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for open_socket in sockets:
        open_socket.bind(("127.0.0.1", 0))
    ports = [open_socket.getsockname()[1] for open_socket in sockets]
    for open_socket in sockets:
        open_socket.close()
    return ports


def _named(server: str, call: str) -> str:
    return f"{server}, {'as documented' if call == 'documented' else 'fast call'}"
