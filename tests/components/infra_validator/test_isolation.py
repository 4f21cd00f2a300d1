"""What becomes of the probe's process, with probes that need no TensorFlow."""

import json
import os
import signal
import time

import pytest

from shipway_components.infra_validator import isolation
from shipway_components.infra_validator.isolation import NotReady
from shipway_components.infra_validator.probe import ProbeRequest

REQUEST = ProbeRequest(model_path="/model")


def tell(pipe, **message):
    os.write(pipe, (json.dumps(message) + "\n").encode())


@pytest.fixture
def probing(monkeypatch):
    """Probe with a function in the place of the real one, in a forked process."""

    def run(probe, loading=5.0, requests=5.0):
        monkeypatch.setattr(isolation, "run_probe", probe)
        return isolation._probe(REQUEST, loading, requests, forked=True)

    return run


def test_what_the_probe_saw_is_reported(probing):
    def probe(request, pipe):
        tell(pipe, stage="ready")
        tell(pipe, stage="loaded", seconds=0.25)
        tell(
            pipe,
            stage="done",
            reasons=[],
            signatures={"serving_default": {"median_ms": 1.0, "path": request.model_path}},
        )

    report = probing(probe)
    assert report.reasons == []
    assert report.loading_seconds == 0.25
    assert report.signatures["serving_default"] == {"median_ms": 1.0, "path": "/model"}


def test_a_model_that_crashes_its_process_is_a_reason(probing):
    def crash(request, pipe):
        tell(pipe, stage="ready")
        os.kill(os.getpid(), signal.SIGKILL)

    assert probing(crash).reasons == ["The model's process was killed by SIGKILL while loading the model."]


def test_a_process_that_ends_by_itself_is_a_reason(probing):
    def leave(request, pipe):
        tell(pipe, stage="ready")
        tell(pipe, stage="loaded", seconds=0.1)
        os._exit(7)

    assert probing(leave).reasons == ["The model's process ended with exit code 7 while answering requests."]


@pytest.mark.parametrize(("loads", "doing"), [(False, "loading the model"), (True, "answering requests")])
def test_a_model_that_hangs_is_stopped(probing, loads, doing):
    def hang(request, pipe):
        tell(pipe, stage="ready", pid=os.getpid())
        if loads:
            tell(pipe, stage="loaded", seconds=0.1)
        time.sleep(600)

    started = time.monotonic()
    report = probing(hang, loading=0.2, requests=0.2)
    assert report.reasons == [f"The model's process was stopped while {doing}: it took longer than 0.2 s."]
    assert time.monotonic() - started < 5


def test_a_forked_process_in_which_tensorflow_hangs_makes_room_for_a_fresh_one(probing, monkeypatch):
    monkeypatch.setattr(isolation, "SECONDS_UNTIL_READY", 0.2)
    monkeypatch.setattr(isolation, "SECONDS_TO_IMPORT", 0.2)
    with pytest.raises(NotReady):
        probing(lambda request, pipe: time.sleep(600))
