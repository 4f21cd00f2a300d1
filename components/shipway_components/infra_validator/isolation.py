"""Runs the model server in a process of its own, asks it, and turns whatever becomes of it into a report.

Forking costs milliseconds and starts with TensorFlow imported, but TensorFlow's threads do not survive a fork: a child
of a process that has run TensorFlow would hang. Such a child does not say that it is ready, and a fresh interpreter
takes its place.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shipway.data.model import ModelUnloadable
from shipway.errors import ShipwayError
from shipway_components.infra_validator.model_server import HOST, MODEL_NAME
from shipway_components.infra_validator.questions import Questions, ask
from shipway_components.infra_validator.server_process import SECONDS_TO_END, NotReady, ServerGone, ServerProcess


@dataclass(frozen=True)
class Limits:
    """Seconds that loading the model, and all requests together, may take."""

    loading: float
    requests: float


@dataclass
class ProbeReport:
    """What is known of the model: why it cannot be served (nothing: it can), and what was measured."""

    reasons: list[str] = field(default_factory=list)
    loading_seconds: float | None = None
    signatures: dict[str, Any] = field(default_factory=dict)


def probe_model(model_path: str, questions: Questions, limits: Limits) -> ProbeReport:
    """Serve the model in a process of its own, which is gone when this returns, and ask it."""
    report = ProbeReport()
    try:
        if not (Path(model_path) / "saved_model.pb").is_file():
            raise ModelUnloadable(Path(model_path), "there is no saved_model.pb")
        with _server(model_path, limits) as server:
            _probe(server, questions, limits, report)
    except (ServerGone, ShipwayError) as error:
        report.reasons.append(str(error))
    return report


def _probe(server: ServerProcess, questions: Questions, limits: Limits, report: ProbeReport) -> None:
    from shipway.client import Client, ServerUnreachable

    port = server.next("loading the model", limits.loading)["port"]
    loaded = server.next("loading the model", limits.loading)
    if loaded["stage"] == "refused":
        report.reasons.append(loaded["reason"])
        return
    report.loading_seconds = loaded["seconds"]
    url = f"http://{HOST}:{port}"
    try:
        with (
            server.killed_after("answering requests", limits.requests),
            Client(url, MODEL_NAME, timeout=limits.requests + SECONDS_TO_END, retries=0) as client,
        ):
            answers = ask(client, questions)
    except ServerUnreachable as error:
        raise ServerGone(server.ending("answering requests", str(error))) from error
    report.reasons += answers.reasons
    report.signatures = answers.signatures


@contextmanager
def _server(model_path: str, limits: Limits) -> Iterator[ServerProcess]:
    """A server whose TensorFlow runs: forked where that can be."""
    if not _tensorflow_has_run():
        try:
            server = ServerProcess.start(model_path, limits.requests, forked=True)
        except NotReady:
            server = ServerProcess.start(model_path, limits.requests, forked=False)
    else:
        server = ServerProcess.start(model_path, limits.requests, forked=False)
    try:
        yield server
    finally:
        server.close()


def _tensorflow_has_run() -> bool:
    """Whether TensorFlow's eager runtime is up in this process; a session alone does not show here."""
    if "tensorflow" not in sys.modules:
        return False
    from tensorflow.python.eager import context

    return bool(getattr(context.context(), "_initialized", False))
