"""The programs of Prometheus, as Debian packages them; tests that want one that is not installed are skipped."""

import contextlib
import re
import shutil
import subprocess
import time
import urllib.error

import pytest

PACKAGES = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "amtool": "prometheus-alertmanager",
    "prometheus-alertmanager": "prometheus-alertmanager",
}
MOST_SECONDS = 60


def _program(name):
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install {PACKAGES[name]}")
    return path


@pytest.fixture(scope="session")
def promtool():
    return _program("promtool")


@pytest.fixture(scope="session")
def prometheus():
    return _program("prometheus")


@pytest.fixture(scope="session")
def amtool():
    return _program("amtool")


@pytest.fixture(scope="session")
def alertmanager():
    return _program("prometheus-alertmanager")


@pytest.fixture
def started(tmp_path):
    """A function that starts a server of these, on loopback and a free port, and gives its address."""
    processes = []

    def start(*words):
        path = tmp_path / f"server-{len(processes)}.log"
        with path.open("w") as log:
            process = subprocess.Popen([*words, "--web.listen-address=127.0.0.1:0"], stdout=log, stderr=log)
        processes.append(process)
        return waiting(lambda: _address(process, path))

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(30)


def _address(process, log):
    if process.poll() is not None:
        pytest.fail(log.read_text())
    found = re.search(r'msg="Listening on" address=(\S+)', log.read_text())
    return found and f"http://{found[1]}"


@pytest.fixture(scope="session")
def waited_for():
    return waiting


def waiting(look):
    """What `look` gives as soon as it is something; a server that cannot be reached yet is nothing."""
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(urllib.error.URLError):
            if found := look():
                return found
        time.sleep(0.05)
    pytest.fail(f"it did not happen within {MOST_SECONDS} seconds")
