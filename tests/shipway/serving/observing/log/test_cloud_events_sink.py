"""Events reach the URL as CloudEvents, and a receiver that is down costs events that are counted."""

import asyncio
import json
import math
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from shipway.serving.observing import InferenceLog
from shipway.serving.observing.log import cloud_events_sink
from shipway.serving.observing.log.cloud_events_sink import CloudEventsSink


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent, and answers with `statuses`, then with 202."""

    def __init__(self, statuses=()) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses = list(statuses)
        self.bodies: list[tuple[str, list]] = []
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/events"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked += 1
        status = self.server.statuses.pop(0) if self.server.statuses else 202
        if status == 202:
            self.server.bodies.append((self.headers["content-type"], body))
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_) -> None: ...


@pytest.fixture
def receive():
    """Starts receivers and ends them."""
    started = []

    def start(*statuses) -> Receiver:
        receiver = Receiver(statuses)
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        started.append((receiver, thread))
        return receiver

    yield start
    for receiver, thread in started:
        receiver.shutdown()
        thread.join()
        receiver.server_close()


def log_to(url, serving, model, scenario) -> CloudEventsSink:
    sink = CloudEventsSink(url)
    log = InferenceLog(sink)
    log.start()

    async def run():
        await scenario(serving(model, [log]))

    asyncio.run(run())
    log.stop()
    return sink


def test_a_request_is_one_event_with_all_its_rows(receive, serving, arithmetic_model):
    receiver = receive()
    before = datetime.now(UTC)

    async def scenario(server):
        feed = {"name": ["a", b"\xff"], "x": np.array([1.5, math.nan], np.float32)}
        await server.ask(feed, 2, tracking_id="mine", arm="canary")

    sink = log_to(receiver.url, serving, arithmetic_model(), scenario)
    ((content_type, (event,)),) = receiver.bodies
    assert content_type == "application/cloudevents-batch+json; charset=utf-8"
    assert before <= datetime.fromisoformat(event.pop("time")) <= datetime.now(UTC)
    assert 0 < event["data"].pop("latency_ms") < 1000
    assert event == {
        "specversion": "1.0",
        "type": "org.shipway.inference",
        "source": "/v1/models/m/versions/7/signatures/serving_default",
        "id": "mine",
        "datacontenttype": "application/json",
        "data": {
            "tracking_id": "mine", "model": "m", "version": 7, "arm": "canary", "signature": "serving_default",
            "transport": "rest", "code": "OK",
            "inputs": {"name": ["a", {"b64": "/w=="}], "x": [1.5, None]},
            "outputs": {"doubled": [3.0, None], "echo": ["a", {"b64": "/w=="}]},
        },
    }  # fmt: skip
    assert (sink.written_rows, sink.lost_rows) == (2, 0)


def test_requests_that_ran_together_are_told_apart(receive, serving, arithmetic_model):
    receiver = receive()

    async def scenario(server):
        asked = (server.double(float(x), f"n{x}", tracking_id=f"id-{x}") for x in range(250))
        await asyncio.gather(*asked)
        await server.ask({"x": np.array([1, 2], np.float32)}, 2, "total", tracking_id="whole")

    log_to(receiver.url, serving, arithmetic_model(), scenario)
    assert max(len(events) for _, events in receiver.bodies) <= 100
    data = {event["id"]: event["data"] for _, events in receiver.bodies for event in events}
    assert len(data) == 251
    for x in range(250):
        assert data[f"id-{x}"]["inputs"] == {"name": [f"n{x}"], "x": [x]}
        assert data[f"id-{x}"]["outputs"] == {"doubled": [2 * x], "echo": [f"n{x}"]}
    assert data["whole"]["inputs"] == {"x": [1, 2]}
    assert data["whole"]["outputs"] == {"total": 3}


def test_a_receiver_that_stumbles_is_tried_again(receive, serving, arithmetic_model, monkeypatch):
    monkeypatch.setattr(cloud_events_sink, "SECONDS_BETWEEN_TRIES", 0.01)
    receiver = receive(503, 429)
    sink = log_to(receiver.url, serving, arithmetic_model(), lambda server: server.double(1.0))
    assert (receiver.asked, len(receiver.bodies)) == (3, 1)
    assert (sink.written_rows, sink.lost_rows) == (1, 0)


def test_a_receiver_that_refuses_is_not_asked_again(receive, serving, arithmetic_model, caplog):
    receiver = receive(403)
    url = receiver.url.replace("http://", "http://user:secret@") + "?key=secret"
    sink = log_to(url, serving, arithmetic_model(), lambda server: server.double(1.0))
    assert receiver.asked == 1
    assert (sink.written_rows, sink.lost_rows) == (0, 1)
    assert "it answered 403" in caplog.text
    assert "secret" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("shipway")
    )


def test_a_receiver_that_is_not_there_costs_events_and_one_complaint(serving, arithmetic_model, monkeypatch, caplog):
    monkeypatch.setattr(cloud_events_sink, "SECONDS_BETWEEN_TRIES", 0.01)

    async def scenario(server):
        for x in range(3):
            assert (await server.double(float(x)))["doubled"].tolist() == [2.0 * x]

    sink = log_to("http://127.0.0.1:9/events", serving, arithmetic_model(), scenario)
    assert (sink.written_rows, sink.lost_rows) == (0, 3)
    assert len([record for record in caplog.records if record.name.startswith("shipway")]) == 1
    assert "http://127.0.0.1:9/events" in caplog.text
