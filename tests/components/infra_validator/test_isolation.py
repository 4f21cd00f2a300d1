"""What becomes of the server's process, with servers that need no TensorFlow."""

import http.server
import json
import os
import signal
import socket
import time

import pytest

from shipway_components.infra_validator import isolation, server_process
from shipway_components.infra_validator.isolation import Limits, probe_model
from shipway_components.infra_validator.questions import Questions

METADATA = {
    "model_spec": {"name": "model", "version": "1"},
    "metadata": {"signature_def": {"signature_def": {"serving_default": {"inputs": {}, "outputs": {}}}}},
}


def tell(pipe, **message):
    os.write(pipe, (json.dumps(message) + "\n").encode())


def listen(pipe, seconds=0.25):
    """A socket that clients can reach, told as the server's; the model counts as loaded."""
    tell(pipe, stage="ready")
    listening = socket.create_server(("127.0.0.1", 0))
    tell(pipe, stage="listening", port=listening.getsockname()[1])
    tell(pipe, stage="loaded", seconds=seconds)
    return listening


@pytest.fixture
def probing(monkeypatch, tmp_path):
    """Probe with a function in the place of the server, in a forked process."""

    (tmp_path / "saved_model.pb").touch()
    monkeypatch.setattr(isolation, "_tensorflow_has_run", lambda: False)

    def run(server, loading=5.0, requests=5.0):
        monkeypatch.setattr(server_process, "run_server", server)
        return probe_model(str(tmp_path), Questions(), Limits(loading, requests))

    return run


def test_a_server_that_answers_makes_a_good_report(probing, tmp_path):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(METADATA).encode())

        def log_message(self, *words):
            pass

    def serve(model_path, seconds, pipe):
        assert (model_path, seconds) == (str(tmp_path), 5.0)
        listening = listen(pipe)
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        server.socket = listening
        server.serve_forever()

    report = probing(serve)
    assert report.reasons == []
    assert report.loading_seconds == 0.25


def test_a_model_that_the_server_refuses_is_a_reason(probing):
    def refuse(model_path, seconds, pipe):
        tell(pipe, stage="ready")
        tell(pipe, stage="listening", port=1)
        tell(pipe, stage="refused", reason="It holds no model.")

    report = probing(refuse)
    assert (report.reasons, report.loading_seconds) == (["It holds no model."], None)


def test_a_model_that_crashes_its_process_is_a_reason(probing):
    def crash(model_path, seconds, pipe):
        tell(pipe, stage="ready")
        os.kill(os.getpid(), signal.SIGKILL)

    assert probing(crash).reasons == ["The model's process was killed by SIGKILL while loading the model."]


def test_a_process_that_ends_by_itself_is_a_reason(probing):
    def leave(model_path, seconds, pipe):
        with listen(pipe) as listening:
            listening.accept()
            os._exit(7)

    assert probing(leave).reasons == ["The model's process ended with exit code 7 while answering requests."]


@pytest.mark.parametrize(("loads", "doing"), [(False, "loading the model"), (True, "answering requests")])
def test_a_model_that_hangs_is_stopped(probing, loads, doing):
    def hang(model_path, seconds, pipe):
        if loads:
            with listen(pipe):
                time.sleep(600)
        tell(pipe, stage="ready")
        tell(pipe, stage="listening", port=1)
        time.sleep(600)

    started = time.monotonic()
    report = probing(hang, loading=0.2, requests=0.2)
    assert report.reasons == [f"The model's process was stopped while {doing}: it took longer than 0.2 s."]
    assert time.monotonic() - started < 5


def test_something_that_answers_wrongly_is_a_reason(probing):
    def chatter(model_path, seconds, pipe):
        with listen(pipe) as listening:
            connection, _ = listening.accept()
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
            time.sleep(600)

    (reason,) = probing(chatter).reasons
    assert reason.endswith("(with 200) is no model server: the answer begins with 'hi'.")


def test_a_forked_process_in_which_tensorflow_hangs_makes_room_for_a_fresh_one(probing, monkeypatch):
    spawned = []

    def spawn(*request):
        spawned.append(request)
        return server_process._fork(*request)

    monkeypatch.setattr(server_process, "SECONDS_UNTIL_READY", 0.2)
    monkeypatch.setattr(server_process, "SECONDS_TO_IMPORT", 0.2)
    monkeypatch.setattr(server_process, "_spawn", spawn)
    report = probing(lambda *request: time.sleep(600))
    assert len(spawned) == 1
    assert report.reasons == ["The model's process was stopped while starting TensorFlow: it took longer than 0.2 s."]
