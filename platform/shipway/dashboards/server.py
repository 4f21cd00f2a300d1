"""The dashboards as a process: uvicorn, its log, and the address that is printed for a person to open."""

from __future__ import annotations

import logging
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.dashboards.checks import check
from shipway.dashboards.options import DashboardOptions
from shipway.endpoint.addresses import joined
from shipway.endpoint.listening import listening_socket
from shipway.errors import EnvironmentFault, InputError, in_one_line

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn import Config

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
DRAIN_SECONDS = 10
NOWHERE = frozenset({"0.0.0.0", "::"})
"""Listened on, they are every address; opened in a browser they are none."""


class NotInstalled(EnvironmentFault):
    """The libraries of the dashboards are missing."""

    def __init__(self, error: ImportError) -> None:
        super().__init__(
            f"The dashboards need {error.name or 'more'}: install what they run on with pip install 'shipway[ui]'."
        )


class UnusableCertificate(InputError):
    """A certificate or a key that TLS cannot use."""

    def __init__(self, certificate: Path, key: Path, reason: str) -> None:
        super().__init__(
            f"TLS cannot use the certificate {str(certificate)!r} with the key {str(key)!r} ({reason}): give a PEM "
            "certificate and the key that it was made for."
        )


def serve(options: DashboardOptions, say: Callable[[str], None] = print) -> int:
    """Serve until SIGTERM or Ctrl-C; returns the exit code. `say` gets the address to open, once it is listened on.

    Raises:
        ShipwayError: the server cannot start; nothing is left running.
    """
    check(options)
    bound = listening_socket("The dashboards", options.host, options.port)
    with bound:
        options = replace(options, port=bound.getsockname()[1])
        try:
            import python_multipart  # noqa: F401 - FastAPI reads forms with it, and says nothing of it when imported
            from uvicorn import Server

            from shipway.dashboards.app import create_app
            from shipway.dashboards.warming import warm
        except ImportError as error:
            raise NotInstalled(error) from error
        app = create_app(options)
        config = uvicorn_config(app, options)
        logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
        say(greeting(options, app))
        warm(app.state.doors.site)
        _ignore_signals()
        Server(config).run(sockets=[bound])
    return 0


def _ignore_signals() -> None:
    """uvicorn stops at a signal, then raises it again for whoever handled it before: that would end us as if killed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)


def uvicorn_config(app: FastAPI, options: DashboardOptions) -> Config:
    """How uvicorn serves `app`. Its own log of requests is off: an address may hold a token. Raises an `InputError`."""
    from uvicorn import Config

    _check_certificate(options)
    return Config(
        app,
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,  # the guard reads them, from trusted proxies
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ssl_certfile=options.tls_cert_file,
        ssl_keyfile=str(options.tls_key_file) if options.tls_key_file else None,
    )


def greeting(options: DashboardOptions, app: FastAPI) -> str:
    """What a person reads at the start: where to look, and how to get in."""
    scheme = "https" if options.tls_cert_file else "http"
    host = socket.gethostname() if options.host in NOWHERE else options.host
    address = f"{scheme}://{joined(host, options.port)}/"
    made = app.state.doors.tokens.made
    home = f"Dashboards of {options.home}. Ctrl-C stops them."
    if made:
        return f"{home}\nOpen {address}sign-in?token={made}"
    return f"{home}\nOpen {address}"


def _check_certificate(options: DashboardOptions) -> None:
    certificate, key = options.tls_cert_file, options.tls_key_file
    if certificate is None or key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise UnusableCertificate(certificate, key, in_one_line(error)) from error
