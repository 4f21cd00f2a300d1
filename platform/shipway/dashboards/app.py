"""The dashboards as an application, for uvicorn or for a test."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from shipway.dashboards.fault_pages import FaultPages, raise_http_fault, raise_invalid_request
from shipway.dashboards.guard import Doors, Guard
from shipway.dashboards.headers import SecurityHeaders
from shipway.dashboards.hosts import KnownHosts, is_address
from shipway.dashboards.options import DashboardOptions
from shipway.dashboards.pages import ROUTERS
from shipway.dashboards.pages.sign_in.routes import sign_in_router
from shipway.dashboards.sessions import session_key
from shipway.dashboards.site import Site
from shipway.dashboards.static_files import static_router
from shipway.dashboards.tokens import Tokens

GZIP_LEVEL = 4
"""A page of 100 kB takes 1 ms, and is hardly larger than at level 9."""


def create_app(options: DashboardOptions) -> FastAPI:
    """The dashboards of `options.home`. The `Doors` are `app.state.doors`, for who prints the address with its token.

    Raises:
        InputError: a token file or a key file cannot be used.
    """
    site = Site(options, session_key(options.session_key_file))
    doors = Doors(site, _tokens(options), options.port)
    app = FastAPI(
        title="Shipway",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(GZipMiddleware, compresslevel=GZIP_LEVEL),
            Middleware(FaultPages, site=site, has_tokens=bool(doors.tokens)),
            Middleware(KnownHosts, allowed=_hosts(options)),
            Middleware(Guard, doors=doors),
        ],
        exception_handlers={HTTPException: raise_http_fault, RequestValidationError: raise_invalid_request},
    )
    app.state.doors = doors
    for router in (_health(), static_router(site.assets), sign_in_router(doors), *(make(site) for make in ROUTERS)):
        app.router.routes.extend(router.routes)  # flat, so that a test may walk the table of routes
    site.navigate({route.path for route in app.routes if isinstance(route, APIRoute)})
    return app


def _tokens(options: DashboardOptions) -> Tokens:
    named = options.token_file or options.operator_token_file or options.auth_header
    return Tokens(options.token_file, options.operator_token_file, made=not named)


def _hosts(options: DashboardOptions) -> tuple[str, ...]:
    return options.allowed_hosts if is_address(options.host) else (*options.allowed_hosts, options.host)


def _health() -> APIRouter:
    routes = APIRouter()

    @routes.get("/healthz")
    async def healthz() -> Response:
        return PlainTextResponse("ok\n")

    return routes
