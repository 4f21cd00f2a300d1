"""How many records a second the metadata service stores for several clients at once, and whether all are there.

    python benchmarks/metadata/puts.py [--clients 8] [--seconds 10] [--database NAME] [--call artifact|execution]

Each client is a process with ML Metadata's own client, unchanged. `artifact` puts one artifact with three properties,
`execution` an execution with an artifact, an event and a context, all in one call.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

LISTENING = re.compile(r"listening on grpc://127\.0\.0\.1:(\d+)")


def main() -> None:
    options = _options()
    if options.as_client is not None:
        _client(options)
        return
    with tempfile.TemporaryDirectory() as home:
        server, port = _server(options.database, Path(home))
        try:
            result = _measure(options, port)
        finally:
            server.terminate()
            server.wait()
    print(json.dumps(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--database", help="default: a file in a temporary folder")
    parser.add_argument("--call", choices=["artifact", "execution"], default="artifact")
    parser.add_argument("--as_client", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _server(database: str | None, home: Path) -> tuple[subprocess.Popen[str], int]:
    named = ["--database", database] if database else []
    command = [sys.executable, "-m", "shipway.cli", "metadata", "serve", "--port=-1", "--metrics_port=0", *named]
    environment = {**os.environ, "SHIPWAY_HOME": str(home)}
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    said = []
    for line in server.stderr:
        said.append(line)
        if found := LISTENING.search(line):
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return server, int(found[1])
    raise SystemExit("".join(said))


def _measure(options: argparse.Namespace, port: int) -> dict[str, object]:
    command = [sys.executable, __file__, "--port", str(port), "--seconds", str(options.seconds), "--call", options.call]
    started = [
        subprocess.Popen(
            [*command, "--as_client", str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for number in range(options.clients)
    ]
    for client in started:
        assert client.stdout.readline() == "ready\n"
    before = _stored(port)
    began = time.monotonic()
    for client in started:
        client.stdin.close()
    counts = [json.loads(client.stdout.readline()) for client in started]
    seconds = time.monotonic() - began
    for client in started:
        client.wait()
        client.stdout.close()
    put = sum(one["calls"] for one in counts)
    slowest = sorted(latency for one in counts for latency in one["milliseconds"])
    stored = _stored(port) - before
    return {
        "call": options.call,
        "clients": options.clients,
        "puts": put,
        "puts_per_second": round(put / seconds),
        "p50_ms": slowest[len(slowest) // 2],
        "p99_ms": slowest[int(len(slowest) * 0.99)],
        "lost_or_doubled": stored - put,
    }


def _store(port: int) -> object:
    from ml_metadata.metadata_store import MetadataStore
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    return MetadataStore(mlmd.MetadataStoreClientConfig(host="127.0.0.1", port=port))


def _stored(port: int) -> int:
    return len(_store(port).get_artifacts())


def _client(options: argparse.Namespace) -> None:
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    store = _store(options.port)
    types = {"span": mlmd.INT, "split": mlmd.STRING}
    data = store.put_artifact_type(mlmd.ArtifactType(name="Data", properties=types))
    step = store.put_execution_type(mlmd.ExecutionType(name="Step"))
    run = mlmd.Context(type_id=store.put_context_type(mlmd.ContextType(name="Run")), name="run")

    def artifact(number: int) -> mlmd.Artifact:
        made = mlmd.Artifact(type_id=data, uri=f"/data/{options.as_client}/{number}", state=mlmd.Artifact.LIVE)
        made.properties["span"].int_value = number
        made.properties["split"].string_value = "train"
        made.custom_properties["digest"].string_value = "0" * 64
        return made

    def put(number: int) -> None:
        if options.call == "artifact":
            store.put_artifacts([artifact(number)])
            return
        execution = mlmd.Execution(type_id=step, name=f"{options.as_client}/{number}")
        pairs = [(artifact(number), mlmd.Event(type=mlmd.Event.OUTPUT))]
        store.put_execution(execution, pairs, [run], reuse_context_if_already_exist=True)

    print("ready", flush=True)
    sys.stdin.read()
    milliseconds = []
    until = time.monotonic() + options.seconds
    while (began := time.monotonic()) < until:
        put(len(milliseconds))
        milliseconds.append(round(1000 * (time.monotonic() - began), 2))
    print(json.dumps({"calls": len(milliseconds), "milliseconds": milliseconds}), flush=True)


if __name__ == "__main__":
    main()
