"""The definition of the serving image says what is so: paths, flags, ports, versions; its health check works."""

import argparse
import http.server
import os
import re
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

import shipway
from shipway.serving.config.flags import add_flags, read_options

REPOSITORY = Path(__file__).resolve().parent.parent.parent
FOLDER = REPOSITORY / "docker" / "serving"
DOCKERFILE = (FOLDER / "Dockerfile").read_text().replace("\\\n", " ")
INSTRUCTIONS = re.findall(r"^([A-Z]+) +(.*)$", DOCKERFILE, re.MULTILINE)


def given(instruction):
    return [words for name, words in INSTRUCTIONS if name == instruction]


def flags_of_the_entrypoint():
    """The server's options when the entrypoint is run with one more flag."""
    script = (FOLDER / "entrypoint").read_text()
    written = script.replace("${MODEL_NAME}", "taxi").replace("${MODEL_BASE_PATH}", "/models").replace('"', "")
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return read_options(parser.parse_args([*re.findall(r"--\w+=\S+", written), "--allow_insecure"]))


def test_everything_that_is_copied_is_there_and_not_ignored():
    sources = [word for words in given("COPY") if "--from" not in words for word in words.split()[:-1]]
    kept = re.findall(r"^!(.*)$", (FOLDER / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert [source for source in sources if not (REPOSITORY / source).exists()] == []
    assert [source for source in sources if not source.startswith(tuple(kept))] == []


def test_only_the_base_is_pulled_and_it_is_an_argument():
    assert given("FROM") == ["${BASE} AS build", "${BASE}"]
    assert given("ARG")[0].startswith("BASE=")


def test_the_environment_is_the_locked_one():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    installs = [words for words in given("RUN") if "uv sync" in words]
    assert len(installs) == 2
    for words in installs:
        assert "--frozen" in words
        assert "--no-dev" in words
        assert set(re.findall(r"--extra (\w+)", words)) <= set(project["optional-dependencies"])
    assert f"VERSION={shipway.__version__}" in given("ARG")


def test_the_user_is_not_root():
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", given("USER")[-1])


def test_the_entrypoints_flags_are_tensorflow_servings_and_fit_the_ports():
    options = flags_of_the_entrypoint()
    assert (options.model_name, options.model_base_path) == ("taxi", "/models/taxi")
    assert given("EXPOSE") == [f"{options.port} {options.rest_api_port}"]
    assert f":{options.rest_api_port}/healthz" in (FOLDER / "healthcheck").read_text()
    assert {"MODEL_BASE_PATH=/models", "MODEL_NAME=model"} <= set(given("ENV")[-1].split())


@pytest.fixture
def answering():
    """The address of a server that answers with the status in the path."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(int(self.path[1:]))
            self.end_headers()

        def log_message(self, *words):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_the_health_check_tells_a_server_that_answers_from_one_that_does_not(answering):
    def check(url):
        environment = {**os.environ, "HEALTH_URL": url}
        command = [sys.executable, "-S", str(FOLDER / "healthcheck")]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    assert check(f"{answering}/200").returncode == 0
    assert check(f"{answering}/503").returncode == 1
    silent = check("http://127.0.0.1:9/healthz")
    assert (silent.returncode, silent.stderr.startswith("http://127.0.0.1:9/healthz: ")) == (1, True)
