"""`shipway metadata serve --exporter`: pipelines' metrics beside the service's own."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from shipway.exporter.in_service import NeedsItsOwnProcess, NowhereToShow, ServiceExporter
from shipway.lineage.database import Database
from shipway.lineage.server.options import ServiceOptions

SERVING = re.compile(r"listening on \S+ and (http://\S+);")
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("with_token", [False, True])
def test_the_metrics_of_both(records, tmp_path, with_token):
    records.step("trainer")
    (tmp_path / "token").write_text(SECRET)
    flags = ["--port=-1", "--metrics_port=-1", "--exporter", *([f"--token_file={tmp_path / 'token'}"] * with_token)]
    environment = {**os.environ, "SHIPWAY_HOME": str(records.path.parent)}
    command = [sys.executable, "-m", "shipway.cli", "metadata", "serve", *flags]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = next(found[1] for line in process.stderr if (found := SERVING.search(line)))
            page = page_with(url, b"shipway_runs_total")
            assert b'shipway_metadata_requests_total{code="OK"' in page
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def page_with(url, wanted):
    """The page, once it holds what is wanted."""
    for _ in range(400):
        with urllib.request.urlopen(url, timeout=20) as answer:
            page = answer.read()
        if wanted in page:
            return page
        time.sleep(0.05)
    raise AssertionError(page.decode())


def test_metrics_that_nobody_could_see():
    with pytest.raises(NowhereToShow, match="--metrics_port"):
        ServiceExporter(ServiceOptions(Database.of_file(Path("/tmp/none.db")), metrics_port=0))


def test_a_service_that_cannot_ask_itself(tmp_path):
    files = {"tls_cert_file": tmp_path / "cert.pem", "tls_key_file": tmp_path / "key.pem"}
    on_a_server = Database.parse("postgresql://ann@db.example/lineage")
    with pytest.raises(NeedsItsOwnProcess, match="run 'shipway exporter' beside it"):
        ServiceExporter(ServiceOptions(on_a_server, **files))
    ServiceExporter(ServiceOptions(Database.of_file(tmp_path / "metadata.db"), **files))
