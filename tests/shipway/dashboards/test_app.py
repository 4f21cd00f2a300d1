"""Every route and every method, asked by nobody, by viewers, and without a form's token; and what responses carry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

OPEN = {"/sign-in", "/healthz", "/static/{digest}/{name:path}"}
FOR_VIEWERS = {"/sign-out"}
"""POSTs that need no operator."""

READING = ("GET", "HEAD")


def routes(app: Any) -> list[tuple[str, str, Any]]:
    """Method, path and route of everything that the server answers."""
    return [(method, route.path, route) for route in app.routes for method in sorted(route.methods)]


def filled(path: str) -> str:
    """A path with something in the place of its parameters."""
    return re.sub(r"\{[^}]*\}", "1", path)


@pytest.fixture(scope="module")
def empty(dashboards: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The dashboards of a home in which nothing has run."""
    return dashboards(tmp_path_factory.mktemp("empty"))


@pytest.fixture
def nobody(empty: Any) -> Iterator[Any]:
    with empty.client("") as client:
        yield client


@pytest.fixture
def viewer(empty: Any) -> Iterator[Any]:
    with empty.client(empty.viewer_token) as client:
        yield client


@pytest.fixture
def operator(empty: Any) -> Iterator[Any]:
    with empty.client() as client:
        yield client


def test_the_table_of_routes_is_flat_and_whole(empty: Any) -> None:
    found = {path for _, path, _ in routes(empty.app)}
    assert found >= {"/", "/sign-in", "/sign-out", "/audit", "/healthz"}
    assert not {"/docs", "/openapi.json", "/redoc"} & found


def test_every_route_asks_for_a_role(empty: Any) -> None:
    from shipway.dashboards.site import operator, viewer

    for method, path, route in routes(empty.app):
        if path not in OPEN:
            wanted = {operator} if method not in READING and path not in FOR_VIEWERS else {viewer, operator}
            asked = {one.call for one in route.dependant.dependencies}
            assert asked & wanted, f"{method} {path} depends on neither `viewer` nor `operator`"


def test_nobody_gets_anything(empty: Any, nobody: Any) -> None:
    for method, path, _ in routes(empty.app):
        if path not in OPEN:
            answer = nobody.request(method, filled(path), data={} if method == "POST" else None)
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in"), f"{method} {path}"


def test_a_link_on_another_site_finds_the_session(nobody: Any) -> None:
    answer = nobody.get("/audit", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 401
    assert '<meta http-equiv="refresh" content="0">' in answer.text
    assert nobody.get("/audit", headers={"sec-fetch-site": "same-origin"}).status_code == 303


def test_a_part_of_a_page_is_told_to_sign_in(nobody: Any) -> None:
    answer = nobody.get("/runs/1", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def test_a_forged_session_is_none(empty: Any, nobody: Any) -> None:
    name = empty.app.state.doors.session_cookie(secure=False)
    for value in ("", ".", "x.y", "e30.00", "é"):
        answer = nobody.get("/audit", headers=[(b"cookie", f"{name}={value}".encode())])
        assert answer.status_code == 303


def test_no_post_counts_without_its_token(empty: Any, operator: Any, csrf_of: Callable[[str], str]) -> None:
    valid = csrf_of(operator.get("/").text)
    changed = valid[:-1] + ("0" if valid[-1] != "0" else "1")
    for method, path, _ in routes(empty.app):
        if method not in READING:
            for fields in ({}, {"csrf": ""}, {"csrf": "x.y"}, {"csrf": changed}, {"csrf": valid.partition(".")[2]}):
                answer = operator.request(method, filled(path), data=fields)
                assert answer.status_code == 403, f"{method} {path} {fields}"
                assert "not from this site" in answer.text


def test_a_token_of_another_session_does_not_count(
    empty: Any, operator: Any, viewer: Any, csrf_of: Callable[[str], str]
) -> None:
    others = csrf_of(viewer.get("/").text)
    assert operator.post("/sign-out", data={"csrf": others}).status_code == 403


def test_a_form_from_another_site_does_not_count(operator: Any, csrf_of: Callable[[str], str]) -> None:
    fields = {"csrf": csrf_of(operator.get("/").text)}
    for site in ("cross-site", "same-site"):
        assert operator.post("/sign-out", data=fields, headers={"sec-fetch-site": site}).status_code == 403


def test_viewers_change_nothing(empty: Any, viewer: Any, csrf_of: Callable[[str], str]) -> None:
    fields = {"csrf": csrf_of(viewer.get("/").text)}
    for method, path, _ in routes(empty.app):
        if method not in READING and path not in OPEN | FOR_VIEWERS:
            answer = viewer.request(method, filled(path), data=fields)
            assert answer.status_code == 403, f"{method} {path}"
            assert "sign in as an operator" in answer.text


def test_the_audit_log_is_for_operators(viewer: Any, operator: Any) -> None:
    assert "/audit" not in viewer.get("/").text
    assert viewer.get("/audit").status_code == 403
    assert operator.get("/audit").status_code == 200


def test_signing_in_by_the_form_and_out(empty: Any, nobody: Any, csrf_of: Callable[[str], str]) -> None:
    form = nobody.get("/sign-in?next=%2Faudit%3Fx%3D1").text
    assert 'value="/audit?x=1"' in form
    fields = {"csrf": csrf_of(form), "token": f" {empty.token}\n", "next": "/audit?x=1"}
    answer = nobody.post("/sign-in", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/audit?x=1")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/", "max-age=43200"))
    assert "secure" not in cookie
    assert empty.token not in cookie
    page = nobody.get("/audit")
    assert page.status_code == 200
    kept = "; ".join(f"{name}={value}" for name, value in nobody.cookies.items())
    assert nobody.post("/sign-out", data={"csrf": csrf_of(page.text)}).status_code == 303
    assert nobody.get("/audit").status_code == 303
    assert nobody.get("/audit", headers={"cookie": kept}).status_code == 303, "the cookie outlives its session"


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb"])
def test_signing_in_leads_to_this_site(empty: Any, nobody: Any, wanted: str) -> None:
    answer = nobody.get("/sign-in", params={"token": empty.token, "next": wanted})
    assert answer.headers["location"] == "/"


def test_wrong_tokens_are_counted(dashboards: Callable[..., Any], tmp_path: Path) -> None:
    served = dashboards(tmp_path)
    with served.client("") as client:
        statuses = [client.get("/sign-in", params={"token": f"wrong-{number}"}).status_code for number in range(6)]
        assert statuses == [403] * 5 + [429]
        answer = client.get("/sign-in", params={"token": served.token})
        assert answer.status_code == 429, "the right one has to wait too, or the answer would tell which it is"
        assert 0 < int(answer.headers["retry-after"]) <= 61


def test_a_token_that_was_replaced_ends_its_sessions(dashboards: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("the-first-token-of-all")
    served = dashboards(tmp_path / "home", token_file=file, operator_token_file=None)
    with served.client("the-first-token-of-all") as client:
        assert client.get("/").status_code == 200
        file.write_text("the-second-token-of-all")
        assert client.get("/").status_code == 303


def test_two_servers_with_one_key_share_their_sessions(dashboards: Callable[..., Any], tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 32)
    first, second = (dashboards(tmp_path / name, session_key_file=key) for name in ("one", "two"))
    with first.client() as client, second.client("") as other:
        name = first.app.state.doors.session_cookie(secure=False)
        other_name = second.app.state.doors.session_cookie(secure=False)
        assert other.get("/", headers={"cookie": f"{other_name}={client.cookies[name]}"}).status_code == 200


def test_every_response_carries_the_headers(empty: Any, nobody: Any, operator: Any) -> None:
    style = re.findall(r'href="(/static/[^"]+\.css)"', operator.get("/").text)[0]
    asked = ("/", operator), ("/healthz", nobody), ("/nowhere", operator), ("/audit", nobody), (style, nobody)
    for path, client in asked:
        headers = client.get(path).headers
        assert "script-src 'self';" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers
        kept = "public, max-age=31536000, immutable" if path == style else "no-store"
        assert headers["cache-control"] == kept


def test_pages_have_nothing_inline(operator: Any) -> None:
    for path in ("/", "/audit", "/nowhere", "/sign-in"):
        page = operator.get(path).text
        assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]* src=)", page) == []


def test_static_files(nobody: Any) -> None:
    page = nobody.get("/sign-in").text
    address = re.findall(r'src="(/static/[^"]+/page\.js)"', page)[0]
    answer = nobody.get(address, headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert '"use strict"' in answer.text
    assert nobody.get(address, headers={"accept-encoding": "identity"}).text == answer.text
    assert nobody.get("/static/000000000000/page.js").headers["cache-control"] == "no-cache"
    for path in ("/static/0/nothing.js", "/static/0/..%2fapp.py", "/static/0/../../app.py", "/static/0/vendor/LICENSE"):
        assert nobody.get(path).status_code in (303, 404)


def test_pages_are_compressed(operator: Any) -> None:
    assert operator.get("/", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "", "127.0.0.1.evil.example", "localhost.evil"])
def test_another_host(operator: Any, host: str) -> None:
    answer = operator.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "--allowed_hosts" in answer.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:99", "[::1]:8080", "10.1.2.3"])
def test_a_host_that_nobody_can_rebind(nobody: Any, host: str) -> None:
    assert nobody.get("/sign-in", headers={"host": host}).status_code == 200


def test_a_name_that_is_allowed(dashboards: Callable[..., Any], tmp_path: Path) -> None:
    with dashboards(tmp_path, allowed_hosts=("ships.example",)).client() as client:
        assert client.get("/", headers={"host": "Ships.example"}).status_code == 200


def test_an_unknown_page_has_a_way_on(operator: Any) -> None:
    answer = operator.get("/no/such/page")
    assert answer.status_code == 404
    assert '<li><a href="/">' in answer.text


def test_another_method(operator: Any, csrf_of: Callable[[str], str]) -> None:
    answer = operator.post("/audit", data={"csrf": csrf_of(operator.get("/").text)})
    assert answer.status_code == 405


def test_bodies_that_are_no_forms(operator: Any, csrf_of: Callable[[str], str]) -> None:
    token = csrf_of(operator.get("/").text)
    headers = {"x-csrf-token": token}
    assert operator.post("/sign-out", json={"csrf": token}, headers=headers).status_code == 415
    assert operator.post("/sign-out", files={"csrf": token}, headers=headers).status_code == 415
    assert operator.post("/sign-out", data={"csrf": token, "x": "x" * 300_000}).status_code == 413
    assert operator.post("/sign-out", data={f"f{number}": "" for number in range(2000)}).status_code == 413


def test_a_home_in_which_nothing_has_run(operator: Any) -> None:
    page = operator.get("/")
    assert page.status_code == 200
    assert "shipway run flights" in page.text


def test_a_store_that_is_none(dashboards: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "metadata.db").write_bytes(b"this is no database" * 100)
    with dashboards(tmp_path).client() as client:
        answer = client.get("/audit")
        assert answer.status_code == 200
        answer = client.get("/")
        assert answer.status_code == 200, "what needs no store is shown"
        assert "metadata.db" in answer.text
        answer = client.get("/artifacts/1")
        assert answer.status_code == 503
        assert "Out of reach" in answer.text
        assert "metadata.db" in answer.text


def test_a_metadata_service_that_does_not_answer(
    dashboards: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shipway.dashboards import site
    from shipway.endpoint.listening import listening_socket
    from shipway.settings import MetadataAddress

    monkeypatch.setattr(site, "PATIENCE_SECONDS", 0.0)
    with listening_socket("The dashboards", "127.0.0.1", 0) as bound:
        url = f"grpc://127.0.0.1:{bound.getsockname()[1]}"
    with dashboards(tmp_path, metadata=MetadataAddress(None, url)).client() as client:
        answer = client.get("/")
        assert answer.status_code == 200
        assert url in answer.text
        answer = client.get("/artifacts/1")
        assert answer.status_code == 503
        assert url in answer.text
        assert "Try again" in answer.text


def test_a_defect_has_a_number_that_the_log_has_too(
    dashboards: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from shipway.dashboards.audit import AuditLog

    def broken(*_: Any) -> Any:
        raise RuntimeError("<b>a secret detail</b>")

    monkeypatch.setattr(AuditLog, "newest", broken)
    with dashboards(tmp_path).client() as client:
        answer = client.get("/audit")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        reference = re.findall(r"<code>(\w{8})</code>", answer.text)[0]
        assert reference in caplog.text
        assert "a secret detail" in caplog.text
        assert client.get("/").status_code == 200
