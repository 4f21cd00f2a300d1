"""Signing in by a token, in a form or in the address that is printed at the start, and signing out."""

from __future__ import annotations

import logging
import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from shipway.dashboards.guard import Doors
from shipway.dashboards.pages.sign_in.attempts import Attempts
from shipway.dashboards.people import Person, Visit
from shipway.dashboards.sessions import SESSION_SECONDS, new_session, proof_of, seal
from shipway.dashboards.site import VISIT, viewer, visit_of

log = logging.getLogger("shipway.dashboards")

WRONG = "This token opens nothing here: look for the one that the server was started with."
TOO_MANY = "Too many wrong tokens were tried: wait {seconds} s."
NO_TOKENS = "Sign in at the proxy in front of these dashboards: they take no tokens themselves."


def sign_in_router(doors: Doors) -> APIRouter:
    """Besides static files and health the only routes that are open to everybody, `/sign-out` excepted."""
    routes = APIRouter()
    attempts = Attempts()

    @routes.get("/sign-in")
    def form(request: Request, token: str = "", next_page: Annotated[str, Query(alias="next")] = "/") -> Response:
        if token:
            return _try(doors, attempts, request, token, next_page)
        if visit_of(request).person:
            return RedirectResponse(own_page(next_page), 303)
        return _form(doors, request, next_page)

    @routes.post("/sign-in")
    def sign_in(
        request: Request, token: Annotated[str, Form()] = "", next_page: Annotated[str, Form(alias="next")] = "/"
    ) -> Response:
        return _try(doors, attempts, request, token.strip(), next_page)

    @routes.post("/sign-out")
    def sign_out(request: Request, person: Annotated[Person, Depends(viewer)]) -> Response:
        secure = visit_of(request).secure
        session = doors.session_of(request.cookies, secure)
        if session:
            doors.ended.add(session)
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(doors.session_cookie(secure), path="/", secure=secure, httponly=True, samesite="strict")
        return response

    return routes


def own_page(wanted: str) -> str:
    """Where to go after signing in: a path of this site, or the first page."""
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if inside else "/"


def _try(doors: Doors, attempts: Attempts, request: Request, token: str, next_page: str) -> Response:
    visit = visit_of(request)
    wait = attempts.wait(visit.address)
    if wait:
        response = _form(doors, request, next_page, TOO_MANY.format(seconds=wait), 429)
        response.headers["retry-after"] = str(wait)
        return response
    role = doors.tokens.role_of(token)
    if role is None:
        attempts.failed(visit.address)
        log.warning("a wrong token from %s", visit.address)
        return _form(doors, request, next_page, WRONG, 403)
    session = new_session(f"{role} by token", role, proof_of(doors.site.key, token))
    response = RedirectResponse(own_page(next_page), 303)
    _set_cookie(response, doors.session_cookie(visit.secure), seal(doors.site.key, session), visit.secure)
    log.info("%s signed in from %s", role, visit.address)
    return response


def _form(doors: Doors, request: Request, next_page: str, problem: str = "", status: int = 200) -> Response:
    """The form; its token is bound to a cookie, for there is no session yet."""
    visit, fresh = visit_of(request), ""
    if not visit.anchor:
        fresh = secrets.token_hex(16)
        visit = Visit(None, f"visit {fresh}", visit.address, visit.secure)
        request.scope[VISIT] = visit
    problem = problem or ("" if doors.tokens else NO_TOKENS)
    response = doors.site.render(
        request, "sign_in/form.html", status, problem=problem, next_page=own_page(next_page), takes=bool(doors.tokens)
    )
    if fresh:
        _set_cookie(response, doors.visit_cookie(visit.secure), fresh, visit.secure)
    return response


def _set_cookie(response: Response, name: str, value: str, secure: bool) -> None:
    response.set_cookie(name, value, max_age=SESSION_SECONDS, path="/", secure=secure, httponly=True, samesite="strict")
