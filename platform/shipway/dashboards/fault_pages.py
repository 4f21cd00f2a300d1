"""Every error as a page: a sentence, a way on, and for a defect a number that the server's log has too."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from shipway.dashboards.faults import NotFound, NotSignedIn, RequestFault, status_of
from shipway.dashboards.site import Site
from shipway.errors import ShipwayError
from shipway.lineage.faults import MissingStore

if TYPE_CHECKING:
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("shipway.dashboards")

TITLES = {
    400: "That cannot be asked",
    401: "Sign in",
    403: "Not allowed",
    404: "Not found",
    405: "That cannot be asked here",
    413: "Too much",
    421: "Another server",
    422: "Data that cannot be shown",
    429: "Too many tries",
    503: "Out of reach",
}
NOTHING_YET = "Nothing has run here yet"
DEFECT = "Something went wrong here"


@dataclass(frozen=True)
class FaultPage:
    """What the page of an error shows. `reference` is that of the server's log, "" where there is nothing in it."""

    status: int
    title: str
    sentence: str
    reference: str = ""


class FaultPages:
    """Answers a request that failed, whatever failed.

    Who follows a link on another site comes without the session's cookie, which is strict: such a page asks for itself
    once more, this time from here, and then the cookie is sent.
    """

    def __init__(self, app: ASGIApp, site: Site, has_tokens: bool) -> None:
        self._app = app
        self._site = site
        self._has_tokens = has_tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun:
                raise
            response = self._answer(Request(scope), error)
            await response(scope, receive, send)

    def _answer(self, request: Request, error: Exception) -> Response:
        if isinstance(error, NotSignedIn) and self._has_tokens:
            if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
                return self._site.render(request, "errors/again.html", error.status)
            return _to_sign_in(request, error)
        if isinstance(error, MissingStore):
            return self._page(request, FaultPage(404, NOTHING_YET, str(error)), "errors/nothing_yet.html")
        if isinstance(error, ShipwayError):
            status = status_of(error)
            if status >= 500:
                log.warning("%s %r: %s", request.method, request.url.path, error)
            return self._page(request, FaultPage(status, TITLES.get(status, DEFECT), str(error)))
        reference = secrets.token_hex(4)
        log.error("%s: %s %r failed", reference, request.method, request.url.path, exc_info=error)
        sentence = "This is a defect of the dashboards, not of your data; the server's log tells more."
        return self._page(request, FaultPage(500, DEFECT, sentence, reference))

    def _page(self, request: Request, fault: FaultPage, template: str = "errors/error.html") -> Response:
        if "hx-request" in request.headers:
            return PlainTextResponse(f"{fault.title}: {fault.sentence}", fault.status)
        return self._site.render(request, template, fault.status, fault=fault)


def _to_sign_in(request: Request, error: NotSignedIn) -> Response:
    """On to the form, and back from there; a part of a page sends the whole page there."""
    if "hx-request" in request.headers:
        return PlainTextResponse(str(error), error.status, {"HX-Redirect": "/sign-in"})
    if request.method not in ("GET", "HEAD"):
        return RedirectResponse("/sign-in", 303)
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='')}", 303)


async def raise_http_fault(request: Request, error: Exception) -> Response:
    """Routing's own refusals, an unknown path or method, as faults with pages."""
    if TYPE_CHECKING:
        assert isinstance(error, HTTPException)
    if error.status_code == 404:
        raise NotFound
    fault = RequestFault(f"This cannot be asked of {request.url.path!r} ({error.status_code} {error.detail}).")
    fault.status = error.status_code
    raise fault


async def raise_invalid_request(request: Request, error: Exception) -> Response:
    """A number that is none in an address is an address that is not there; in a form or a query it is a bad request."""
    if TYPE_CHECKING:
        assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place, *name = first["loc"]
    if place == "path":
        raise NotFound
    named = ".".join(map(str, name)) or place
    raise RequestFault(f"The value of {named!r} cannot be used ({first['msg']}): go back and change it.")
