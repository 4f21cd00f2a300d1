"""HTTP: who gets the page, and that it never waits for the store."""

import http.client
import threading

import pytest

from shipway.endpoint.listening import CannotListen, listening_socket
from shipway.endpoint.metrics_server import MetricsServer
from shipway.endpoint.token import Token
from shipway.endpoint.token_file import UnusableToken
from shipway.exporter.options import BadSeconds, ExporterOptions, NeedsToken
from shipway.settings import MetadataAddress

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def serve():
    """Serves a page, behind a token where one is given; gives the port."""
    servers = []

    def start(page=lambda: b"a 1\n", token_file=None):
        servers.append(
            MetricsServer(listening_socket("The exporter", "127.0.0.1", 0), "shipway-exporter", page, Token(token_file))
        )
        servers[-1].start()
        return servers[-1].port

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(SECRET + "\n")
    return path


def ask(port, path="/metrics", method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def test_the_page(serve):
    status, body, headers = ask(serve())
    assert (status, body) == (200, b"a 1\n")
    assert headers["content-type"].startswith("text/plain; version=0.0.4")


def test_the_real_page_of_a_store(serve, records, exporter):
    records.step("trainer")
    exporter.refresh()
    _, body, _ = ask(serve(lambda: exporter.page))
    assert b'shipway_runs_total{pipeline="taxi",state="SUCCEEDED"} 1.0\n' in body


@pytest.mark.parametrize(("path", "status"), [("/", 404), ("/healthz", 200), ("/metrics?x=1", 200), ("/metrics/", 404)])
def test_paths(serve, path, status):
    assert ask(serve(), path)[0] == status


def test_only_the_head(serve):
    status, body, headers = ask(serve(), method="HEAD")
    assert (status, body, headers["content-length"]) == (200, b"", "4")


def test_other_methods_are_refused(serve):
    assert ask(serve(), method="POST")[0] == 501


@pytest.mark.parametrize("path", ["/metrics", "/", "/anything"])
@pytest.mark.parametrize("given", [None, "Bearer", f"Basic {SECRET}", "Bearer wrong", f"Bearer {SECRET}x"])
def test_without_the_token_nothing_is_shown(serve, token_file, path, given):
    headers = {"Authorization": given} if given else {}
    status, body, answered = ask(serve(token_file=token_file), path, **headers)
    assert (status, answered["www-authenticate"]) == (401, "Bearer")
    assert b"a 1" not in body


def test_with_the_token(serve, token_file):
    port = serve(token_file=token_file)
    assert ask(port, Authorization=f"Bearer {SECRET}")[0] == 200
    assert ask(port, "/healthz")[0] == 200


def test_the_token_may_be_replaced(serve, token_file):
    port = serve(token_file=token_file)
    token_file.write_text("f" * 32)
    assert ask(port, Authorization=f"Bearer {SECRET}")[0] == 401
    assert ask(port, Authorization=f"Bearer {'f' * 32}")[0] == 200
    token_file.unlink()
    assert ask(port, Authorization=f"Bearer {'f' * 32}")[0] == 200


@pytest.mark.parametrize("content", ["", "short"])
def test_a_token_that_is_none(tmp_path, content):
    (tmp_path / "token").write_text(content)
    with pytest.raises(UnusableToken, match="holds"):
        Token(tmp_path / "token")
    with pytest.raises(UnusableToken, match="cannot be read"):
        Token(tmp_path / "missing")


def test_a_scrape_does_not_wait_for_the_store(serve, records, exporter, monkeypatch):
    records.step("trainer")
    exporter.refresh()
    stuck, go_on = threading.Event(), threading.Event()

    def hang():
        stuck.set()
        assert go_on.wait(20)
        return iter(())

    monkeypatch.setattr(exporter._source, "changes", hang)
    refreshing = threading.Thread(target=exporter.refresh)
    refreshing.start()
    try:
        assert stuck.wait(20)
        assert b"shipway_runs_total" in ask(serve(lambda: exporter.page))[1]
    finally:
        go_on.set()
        refreshing.join()


def test_a_port_that_is_taken(serve):
    with pytest.raises(CannotListen, match="choose another --port"):
        listening_socket("The exporter", "127.0.0.1", serve())


HERE = MetadataAddress.of("/tmp/none/metadata.db")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org"])
def test_others_may_only_ask_with_a_token(host, token_file):
    with pytest.raises(NeedsToken, match="--token_file"):
        ExporterOptions(HERE, host=host).check()
    ExporterOptions(HERE, host=host, token_file=token_file).check()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_may_ask(host):
    ExporterOptions(HERE, host=host).check()


@pytest.mark.parametrize("wrong", [{"refresh_seconds": 0}, {"quiet_seconds": -1}, {"refresh_seconds": float("nan")}])
def test_times_that_are_none(wrong):
    with pytest.raises(BadSeconds):
        ExporterOptions(HERE, **wrong).check()
