"""What is beside Python in the images of services: the entrypoint's flags, ports, and health checks that tell."""

import argparse
import http.server
import os
import re
import subprocess
import sys
import threading

import pytest
from image_definitions import REPOSITORY, STAGES

from shipway.dashboards.options import DEFAULT_PORT as DASHBOARDS
from shipway.exporter.options import DEFAULT_PORT as EXPORTER
from shipway.lineage.server.options import ServiceOptions
from shipway.serving.config.flags import add_flags, read_options

METADATA, METADATA_METRICS = ServiceOptions.port, ServiceOptions.metrics_port


def flags_of_the_entrypoint():
    """The server's options when the entrypoint is run with one more flag."""
    script = (REPOSITORY / "docker" / "serving" / "entrypoint").read_text()
    written = script.replace("${MODEL_NAME}", "taxi").replace("${MODEL_BASE_PATH}", "/models").replace('"', "")
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return read_options(parser.parse_args([*re.findall(r"--\w+=\S+", written), "--allow_insecure"]))


def test_the_entrypoints_flags_are_tensorflow_servings_and_fit_the_ports():
    options = flags_of_the_entrypoint()
    assert (options.model_name, options.model_base_path) == ("taxi", "/models/taxi")
    assert STAGES["serving"].given("EXPOSE") == [f"{options.port} {options.rest_api_port}"]
    assert f":{options.rest_api_port}/healthz" in (REPOSITORY / "docker" / "serving" / "healthcheck").read_text()
    assert {"MODEL_BASE_PATH=/models", "MODEL_NAME=model"} <= set(STAGES["serving"].given("ENV")[-1].split())


def test_control_tells_its_services_ports():
    (exposed,) = STAGES["control"].given("EXPOSE")
    assert {int(port) for port in exposed.split()} == {DASHBOARDS, EXPORTER, METADATA, METADATA_METRICS}
    assert STAGES["control"].given("ENTRYPOINT") == ['["/opt/shipway/bin/shipway"]']


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


def check(image, **environment):
    command = [sys.executable, "-S", str(REPOSITORY / "docker" / image / "healthcheck")]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)


@pytest.mark.parametrize("image", ["control", "serving"])
def test_a_health_check_tells_a_server_that_answers_from_one_that_does_not(image, answering):
    assert check(image, HEALTH_URL=f"{answering}/200", HEALTH_MAIN="/dev/null").returncode == 0
    assert check(image, HEALTH_URL=f"{answering}/503", HEALTH_MAIN="/dev/null").returncode == 1
    silent = check(image, HEALTH_URL="http://127.0.0.1:9/healthz", HEALTH_MAIN="/dev/null")
    assert (silent.returncode, silent.stderr.startswith("http://127.0.0.1:9/healthz: ")) == (1, True)


@pytest.mark.parametrize(
    ("command", "port"),
    [
        ("python\0/opt/shipway/bin/shipway\0metadata\0serve\0", METADATA_METRICS),
        ("python\0/opt/shipway/bin/shipway\0exporter\0--port\x009464\0", EXPORTER),
        ("python\0/opt/shipway/bin/shipway\0ui\0", DASHBOARDS),
    ],
)
def test_controls_health_check_asks_the_service_that_runs(command, port, tmp_path):
    (tmp_path / "cmdline").write_text(command)
    script = (REPOSITORY / "docker" / "control" / "healthcheck").read_text()
    addresses = re.findall(r'"(\w+)": "http://127\.0\.0\.1:(\d+)/healthz"', script)
    service = command.split("\0")[2]
    assert (service, str(port)) in addresses
    assert f":{port}/" in check("control", HEALTH_MAIN=str(tmp_path / "cmdline")).stderr


def test_a_command_that_is_no_service_is_healthy(tmp_path):
    (tmp_path / "cmdline").write_text("python\0/opt/shipway/bin/shipway\0submit\0flights\0")
    assert check("control", HEALTH_MAIN=str(tmp_path / "cmdline")).returncode == 0
