"""Signing in by what a proxy says."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from shipway.dashboards.proxies import Origin, origin_of

HEADER = "X-Auth-Request-Email"
TRUSTED = (ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"))


@pytest.fixture
def proxied(dashboards: Callable[..., Any], tmp_path: Path) -> Any:
    return dashboards(
        tmp_path,
        auth_header=HEADER,
        trusted_proxies=TRUSTED,
        operators=frozenset({"ada@example.com"}),
        token_file=None,
        operator_token_file=None,
    )


def test_people_and_their_roles(proxied: Any, csrf_of: Callable[[str], str]) -> None:
    with proxied.client("") as client:
        ada = client.get("/", headers={HEADER: "Ada@example.com"})
        assert (ada.status_code, "Ada@example.com" in ada.text, "/audit" in ada.text) == (200, True, True)
        bob = client.get("/", headers={HEADER: "bob@example.com"})
        assert (bob.status_code, "/audit" in bob.text) == (200, False)
        assert "Sign out" not in bob.text
        fields = {"csrf": csrf_of(bob.text)}
        assert client.post("/sign-out", data=fields, headers={HEADER: "ada@example.com"}).status_code == 403
        assert client.post("/sign-out", data=fields, headers={HEADER: "bob@example.com"}).status_code == 303


def test_without_the_header_there_is_no_way_in(proxied: Any) -> None:
    with proxied.client("") as client:
        answer = client.get("/")
        assert answer.status_code == 401
        page = client.get("/sign-in").text
        assert "at the proxy" in page
        assert 'name="token"' not in page
        assert client.get("/sign-in?token=").status_code == 200


def test_an_untrusted_proxy_is_not_believed(dashboards: Callable[..., Any], tmp_path: Path) -> None:
    served = dashboards(tmp_path, auth_header=HEADER, trusted_proxies=(ip_network("10.0.0.0/8"),))
    with served.client("") as client:
        assert client.get("/", headers={HEADER: "ada@example.com"}).status_code == 303


def test_behind_https_cookies_are_secure(dashboards: Callable[..., Any], tmp_path: Path) -> None:
    served = dashboards(tmp_path, trusted_proxies=TRUSTED)
    with served.client("") as client:
        answer = client.get("/sign-in", params={"token": served.token}, headers={"x-forwarded-proto": "https"})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-shipway-")
        assert "; Secure" in cookie


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("192.0.2.1", {"x-forwarded-for": "1.2.3.4", "x-auth-request-email": "a@b"}, Origin("192.0.2.1")),
        ("10.0.0.1", {"x-forwarded-for": "6.6.6.6, 1.2.3.4, 10.0.0.9"}, Origin("1.2.3.4")),
        ("10.0.0.1", {"x-forwarded-for": "10.0.0.2"}, Origin("10.0.0.1")),
        ("10.0.0.1", {"x-forwarded-proto": "HTTPS"}, Origin("10.0.0.1", True)),
        ("::ffff:10.0.0.1", {"x-auth-request-email": " a@b "}, Origin("::ffff:10.0.0.1", False, "a@b")),
        ("10.0.0.1", {"x-auth-request-email": "a" * 300}, Origin("10.0.0.1")),
        ("", {"x-auth-request-email": "a@b"}, Origin("")),
    ],
    ids=["untrusted", "last-untrusted-hop", "only-proxies", "https", "mapped", "too-long", "no-peer"],
)
def test_what_a_proxy_says(peer: str, headers: dict[str, str], expected: Origin) -> None:
    assert origin_of(peer, headers, False, TRUSTED, HEADER) == expected
