"""Which requests reach which handler, who may ask, and what becomes of errors."""

import asyncio

import pytest

from shipway.errors import ContractError
from shipway.serving.rest.app import MOST_REMEMBERED

PATH = "/v1/models/m:predict"
GOOD = {"signature_name": "total", "inputs": [2]}
TOKEN = "a secret of some length"


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN)
    return path


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/v1/foo", 400, "Malformed request: GET /v1/foo"),
        ("GET", "/v1/models/debug/model_name", 400, "Malformed request"),
        ("POST", "/v1/models", 400, "Malformed request"),
        ("GET", PATH, 400, "Malformed request: GET /v1/models/m:predict"),
        ("PUT", PATH, 400, "Malformed request"),
        ("POST", "/v1/models/m/metadata", 400, "Malformed request"),
        ("GET", "/v1/models", 400, "Missing model name in request"),
        ("POST", "/", 405, "send GET"),
        ("GET", "/index.html", 404, "Nothing answers to GET /index.html"),
        ("POST", "/v2/models/m/generate", 404, "Nothing answers"),
        ("POST", "/healthz", 405, "/healthz does not answer to POST: send GET."),
        ("GET", "/v2/models/m/infer", 405, "send POST"),
        ("DELETE", "/v1/traffic", 405, "send GET, PUT."),
    ],
)
def test_paths_and_methods_that_nothing_answers_to(ask, method, path, status, sentence):
    got = ask(method, path)
    assert got.status == status
    assert sentence in got.error
    assert ("allow" in got.headers) == (status == 405)


def test_head_is_answered_as_get_is(ask):
    assert ask("HEAD", "/v1/models/m").status == 200
    assert ask("HEAD", "/healthz").status == 200
    assert ask("HEAD", PATH).status == 400


def test_paths_ignore_case_and_queries(ask):
    assert ask("POST", "/V1/Models/m:predict?pretty=1", GOOD).status == 200


def test_names_are_percent_decoded_after_the_path_is_read(ask):
    got = ask("POST", "/v1/models/a%2Fb%3Ac%C3%A9%FF:predict", GOOD)
    assert (got.status, "Latest(a/b:cé\ufffd)" in got.error) == (404, True)
    assert ask("POST", "/v1/models/%6D:predict", GOOD).status == 200
    got = ask("POST", "/v1/models/m%2Fversions%2F1:predict", GOOD)
    assert (got.status, "Latest(m/versions/1)" in got.error) == (404, True)
    assert "label: sta ble" in ask("GET", "/v1/models/m/labels/sta%20ble").error


def test_hostile_paths_do_not_fill_the_memory(rest_server, arithmetic_model):
    async def scenario():
        rest = rest_server()
        rest.serve("m", 1, arithmetic_model())
        for number in range(MOST_REMEMBERED + 10):
            await rest.ask("POST", f"/v1/models/x{number}:predict", GOOD)
        assert len(rest.app._posts) <= MOST_REMEMBERED
        assert (await rest.ask("POST", PATH, GOOD)).json == {"outputs": 2.0}
        assert (await rest.ask("POST", PATH, GOOD)).json == {"outputs": 2.0}
        assert (await rest.ask("PUT", PATH, GOOD)).status == 400

    asyncio.run(scenario())


def test_all_but_health_needs_the_token(ask, token_file):
    for method, path in (
        ("POST", PATH),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
        ("GET", "/v2"),
        ("PUT", "/v1/traffic"),
    ):
        got = ask(method, path, token_file=token_file)
        assert (got.status, got.headers["www-authenticate"]) == (401, "Bearer")
        assert "no token" in got.error
    for path in ("/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"):
        assert ask("GET", path, token_file=token_file).status == 200
    right = {"authorization": f"Bearer {TOKEN}"}
    assert ask("POST", PATH, GOOD, right, token_file=token_file).status == 200
    assert ask("POST", PATH, GOOD, {"authorization": "Bearer other"}, token_file=token_file).status == 401


def test_web_pages_may_ask_where_they_are_let_in(ask):
    origin = {"origin": "https://app.example"}
    for options in ({"cors": True}, {}):
        got = ask("OPTIONS", PATH, b"", origin, **options)
        assert (got.status, got.body) == (200, b"")
        assert ("access-control-allow-origin" in got.headers) == bool(options)
    got = ask("POST", PATH, GOOD, origin, cors=True)
    assert got.headers["access-control-allow-origin"] == "*"
    assert got.headers["access-control-allow-methods"] == "POST, GET"
    assert "access-control-allow-origin" in ask("POST", PATH, b"", origin, cors=True).headers
    got = ask("OPTIONS", PATH, cors=True)
    assert (got.status, "Origin header is missing" in got.error) == (400, True)


def test_a_preflight_brings_no_token(ask, token_file):
    assert (
        ask("OPTIONS", PATH, b"", {"origin": "http://localhost:3000"}, cors=True, token_file=token_file).status == 200
    )


def test_a_server_that_has_enough_in_hand_says_when_to_come_back(ask):
    got = ask("POST", PATH, GOOD, max_in_flight=0)
    assert (got.status, got.headers["retry-after"]) == (429, "1")


class Refusals:
    """An observer of what was refused."""

    def __init__(self) -> None:
        self.seen = []

    def refused(self, transport, model, code):
        self.seen.append((transport, model, code.name))

    def opened(self, call): ...

    def closed(self, call, code): ...

    def ran(self, servable, batch): ...


def test_where_there_is_no_room_requests_are_turned_away_before_they_are_looked_at(
    rest_server, arithmetic_model, token_file
):
    async def scenario():
        refusals = Refusals()
        rest = rest_server(token_file, observers=[refusals])
        servable = rest.serve("m", 1, arithmetic_model())
        admitted = [(b"authorization", f"Bearer {token_file.read_text().strip()}".encode())]
        headers = {name.decode(): value.decode() for name, value in admitted}
        path = PATH.encode()
        assert rest.app.turn_away(path, admitted) is None  # nobody has asked for it yet
        for address in (PATH, "/v2/repository/models/m/load"):
            await rest.ask("POST", address, GOOD, headers)
        assert rest.app.turn_away(path, admitted) is None  # there is room
        servable.batcher(servable.signature()).queued_rows = 1024
        for unusual in ([], [*admitted, (b"x-tracking-id", b"mine")]):
            assert rest.app.turn_away(path, unusual) is None
        assert rest.app.turn_away(b"/v2/repository/models/m/load", admitted) is None
        assert refusals.seen == []
        status, rest_of_response = rest.app.turn_away(path, admitted)
        head, _, body = rest_of_response.partition(b"\r\n\r\n")
        fields = dict(line.split(b": ") for line in head.split(b"\r\n"))
        looked_at = await rest.ask("POST", PATH, GOOD, headers)
        assert refusals.seen == [("rest", "m", "RESOURCE_EXHAUSTED")] * 2
        assert (status, body) == (looked_at.status, looked_at.body) == (429, looked_at.body)
        assert {name.decode() for name in fields} == set(looked_at.headers)
        assert (fields[b"retry-after"], fields[b"content-length"]) == (b"1", b"%d" % len(body))
        assert fields[b"x-tracking-id"] not in (b"", looked_at.headers["x-tracking-id"].encode())

    asyncio.run(scenario())


def test_a_server_that_stops_says_so_to_probes_and_answers_what_still_comes(rest_server, arithmetic_model):
    async def scenario():
        rest = rest_server()
        rest.serve("m", 1, arithmetic_model())
        assert (await rest.ask("GET", "/readyz")).json == {"status": "ready"}
        assert (await rest.ask("GET", "/v2/health/ready")).json == {"ready": True}
        rest.plane.is_draining = True
        got = await rest.ask("POST", PATH, GOOD)
        assert got.status == 200
        assert (await rest.ask("GET", "/readyz")).status == 503
        assert (await rest.ask("GET", "/v2/health/ready")).json == {"ready": False}
        assert (await rest.ask("GET", "/healthz")).status == 200
        rest.plane.is_draining, rest.lifecycle.is_ready = False, False
        assert (await rest.ask("GET", "/readyz")).status == 503

    asyncio.run(scenario())


def test_a_deadline_is_told(rest_server, arithmetic_model):
    async def scenario():
        rest = rest_server(default_seconds=0.05)
        servable = rest.serve("m", 1, arithmetic_model(seconds=0.3))
        got = await rest.ask("POST", PATH, GOOD)
        assert (got.status, "time was over" in got.error) == (504, True)
        while not servable.batcher(servable.signature("total")).is_idle:  # a batch that runs cannot be stopped
            await asyncio.sleep(0.01)

    asyncio.run(scenario())


def test_a_caller_who_goes_before_the_body_is_there_gets_nothing(rest_server):
    async def gone():
        return {"type": "http.disconnect"}

    async def scenario():
        rest = rest_server()
        assert (await rest.ask("POST", PATH, receive=gone)).status == 0
        assert rest.app._watch._open == set()

    asyncio.run(scenario())


def test_a_defect_is_logged_and_keeps_its_details_to_itself(rest_server, caplog):
    async def scenario(error, status, sentence):
        rest = rest_server()

        async def failing(name):
            raise error

        rest.lifecycle.load = failing
        got = await rest.ask("POST", "/v2/repository/models/m/load")
        assert (got.status, got.error) == (status, sentence)

    asyncio.run(scenario(ContractError("It cannot be."), 400, "It cannot be."))
    assert not caplog.records
    asyncio.run(scenario(KeyError("secret"), 500, "Internal error: see the server's log."))
    assert "POST /v2/repository/models/m/load failed" in caplog.text
