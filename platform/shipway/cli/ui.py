"""`shipway ui`: the dashboards of this home, for a browser."""

from __future__ import annotations

import argparse
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from shipway.dashboards.options import DEFAULT_HOST, DEFAULT_PORT, DashboardOptions
from shipway.dashboards.serving.flags import add_flags, read_flags
from shipway.errors import UsageError, in_one_line


class UnusableAddress(UsageError):
    """Something that is no address and no network."""

    def __init__(self, text: str) -> None:
        super().__init__(f"--trusted_proxies: {text!r} is no address and no network, such as 127.0.0.1 or 10.0.0.0/8.")


class UnusableList(UsageError):
    """A file of operators that cannot be read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"--operators: the file {path!r} cannot be read ({reason}): give one e-mail address a line.")


FILES = {
    "token_file": "a file with the token that lets people in to look",
    "operator_token_file": "a file with the token that lets people in to look and to change things",
    "session_key_file": "a file with the key that signs sessions, for replicas to share (default: a new one)",
    "tls_cert_file": "serve https with this certificate (PEM)",
    "tls_key_file": "the certificate's key (PEM)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=DEFAULT_HOST, help=f"the address to listen on (default: {DEFAULT_HOST})")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help=f"0: any free one (default: {DEFAULT_PORT})")
    parser.add_argument("--auth_header", default="", metavar="NAME", help="the header in which a proxy names people")
    parser.add_argument("--trusted_proxies", default="", metavar="LIST", help="addresses or networks of such proxies")
    parser.add_argument(
        "--operators", default="", metavar="LIST", help="who may change things: e-mails, or a file with one a line"
    )
    parser.add_argument(
        "--allowed_hosts", default="", metavar="LIST", help="names by which people reach the server through a proxy"
    )
    for name, text in FILES.items():
        parser.add_argument(f"--{name}", type=_file, metavar="FILE", help=text)
    add_flags(parser)


def run(options: argparse.Namespace) -> int:
    from shipway.dashboards.server import serve

    return serve(read_options(options), say=lambda text: print(text, flush=True))


def read_options(options: argparse.Namespace) -> DashboardOptions:
    """What was written, as the options of a server; raises `UsageError`s of one sentence."""
    settings = options.settings
    return DashboardOptions(
        home=settings.home,
        metadata=settings.metadata,
        kfp_ui=settings.cluster.kfp_ui,
        host=options.host,
        port=options.port,
        auth_header=options.auth_header,
        trusted_proxies=tuple(_network(one) for one in _listed(options.trusted_proxies)),
        operators=frozenset(one.lower() for one in _people(options.operators)),
        allowed_hosts=tuple(_listed(options.allowed_hosts)),
        **{name: getattr(options, name) for name in FILES},
        **read_flags(options),
    )


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _people(text: str) -> list[str]:
    """E-mails, written here or in a file; what has an @ or is not there as a file is an e-mail."""
    if "@" in text or not Path(text).is_file():
        return _listed(text)
    try:
        lines = Path(text).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UnusableList(text, in_one_line(error)) from error
    return [one for line in lines for one in _listed(line.partition("#")[0])]


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise UnusableAddress(text) from error


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 0 to 65535")
    return port


def _file(text: str) -> Path:
    return Path(text).expanduser().absolute()
