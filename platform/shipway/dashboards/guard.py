"""Who asks. Nothing passes without a session or a trusted proxy's word, and no POST without its form's token.

Routes ask for a role besides; that they might forget to is why this stands before all of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.requests import cookie_parser

from shipway.dashboards.csrf import FIELD, HEADER, is_valid
from shipway.dashboards.faults import Forbidden, NotSignedIn, RequestFault
from shipway.dashboards.people import OPERATOR, VIEWER, Person, Visit
from shipway.dashboards.proxies import Origin, origin_of
from shipway.dashboards.sessions import EndedSessions, Session, proof_of, unseal
from shipway.dashboards.site import VISIT, Site
from shipway.dashboards.tokens import Tokens

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN_PATHS = frozenset({"/sign-in", "/healthz", "/favicon.ico"})
OPEN_PREFIX = "/static/"
READING = frozenset({"GET", "HEAD"})

LARGEST_FORM = 1 << 18
"""Bytes of a form; nobody writes a longer reason."""

MOST_FIELDS = 1000

FORM_TYPE = "application/x-www-form-urlencoded"


class FormTooLarge(RequestFault):
    """A body that is no form that a person filled in."""

    status = 413

    def __init__(self) -> None:
        super().__init__(f"The form is larger than {LARGEST_FORM:,} bytes or {MOST_FIELDS:,} fields: write less.")


class NoForm(RequestFault):
    """A body of another type."""

    status = 415

    def __init__(self) -> None:
        super().__init__(f"What is sent must be a form ({FORM_TYPE}).")


class ForeignForm(Forbidden):
    """A POST without the token of one of this site's own pages."""

    def __init__(self) -> None:
        super().__init__("The form is not from this site, or your session has ended: load the page again and send it.")


class Doors:
    """The ways in, and the names of the cookies; `port` keeps servers on one machine apart, cookies know no ports."""

    def __init__(self, site: Site, tokens: Tokens, port: int) -> None:
        self.site = site
        self.tokens = tokens
        self.ended = EndedSessions()
        self._port = port

    def session_cookie(self, secure: bool) -> str:
        return f"__Host-shipway-{self._port}" if secure else f"shipway-{self._port}"

    def visit_cookie(self, secure: bool) -> str:
        return f"{self.session_cookie(secure)}-visit"

    def session_of(self, cookies: Mapping[str, str], secure: bool) -> Session | None:
        """The session of a request, while the token that opened it is still the one."""
        session = unseal(self.site.key, cookies.get(self.session_cookie(secure), ""))
        if session is None or session.id in self.ended:
            return None
        token = self.tokens.of_role(session.role)
        same = token is not None and secrets.compare_digest(session.proof, proof_of(self.site.key, token))
        return session if same else None

    def visit_of(self, origin: Origin, cookies: Mapping[str, str]) -> Visit:
        if origin.name:
            role = OPERATOR if origin.name.lower() in self.site.options.operators else VIEWER
            person = Person(origin.name, role, origin.address, by_proxy=True)
            return Visit(person, f"proxy {origin.name}", origin.address, origin.secure)
        session = self.session_of(cookies, origin.secure)
        if session:
            person = Person(session.name, session.role, origin.address)
            return Visit(person, f"session {session.id}", origin.address, origin.secure)
        visit = cookies.get(self.visit_cookie(origin.secure), "")
        return Visit(None, f"visit {visit}" if visit else "", origin.address, origin.secure)


class Guard:
    """Leaves the request's `Visit` in its scope. Raises `NotSignedIn`, `ForeignForm` and other `RequestFault`s."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # there are no web sockets here
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        visit = self._visit(scope, headers)
        scope[VISIT] = visit
        path = scope["path"]
        if visit.person is None and path not in OPEN_PATHS and not path.startswith(OPEN_PREFIX):
            raise NotSignedIn
        if scope["method"] not in READING:
            receive = await self._checked_form(headers, visit, receive)
        await self._app(scope, receive, send)

    def _visit(self, scope: Scope, headers: Mapping[str, str]) -> Visit:
        options = self._doors.site.options
        peer = (scope.get("client") or ("", 0))[0]
        https = scope.get("scheme") == "https"
        origin = origin_of(peer, headers, https, options.trusted_proxies, options.auth_header)
        if origin.secure:
            scope["scheme"] = "https"
        return self._doors.visit_of(origin, cookie_parser(headers.get("cookie", "")))

    async def _checked_form(self, headers: Mapping[str, str], visit: Visit, receive: Receive) -> Receive:
        """Read a form and check its token; returns what gives the same bytes to the route."""
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise ForeignForm
        body = await _body(receive)
        if body and headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
            raise NoForm
        token = headers.get(HEADER.decode(), "")
        if not is_valid(self._doors.site.key, visit.anchor, token or _field(body)):
            raise ForeignForm
        return _replay(body, receive)


def _field(body: bytes) -> str:
    """The token among the fields of a form."""
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise FormTooLarge from error
    return fields.get(FIELD, [""])[0]


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    total = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestFault("The request broke off.")
        chunks.append(message.get("body", b""))
        total += len(chunks[-1])
        if total > LARGEST_FORM:
            raise FormTooLarge
        if not message.get("more_body"):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
