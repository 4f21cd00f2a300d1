"""The flags of `shipway ui` that name model servers, Prometheus and the inference log."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from shipway.dashboards.serving.endpoints import Endpoint, UnusableEndpoint, read_endpoints
from shipway.errors import UsageError

ADDRESSES = {
    "servers": ("LIST", "model servers to show: http(s)://HOST:PORT, each may have a name, NAME=http://HOST:PORT"),
    "prometheus": ("URL", "the Prometheus that is asked for alerts and for traffic of more than an hour"),
    "alertmanager": ("URL", "the Alertmanager that is asked for alerts that fire, with their silences"),
}
PREFIXES = {"servers": "server", "prometheus": "prometheus", "alertmanager": "alertmanager"}
"""What the flags of a server's files begin with."""


class FileWithoutServer(UsageError):
    """A token or a certificate for a server that is not named."""

    def __init__(self, flag: str, missing: str) -> None:
        super().__init__(f"--{flag} is for servers that --{missing} names: give --{missing} too.")


class NoFolder(UsageError):
    """A place where no inference log can be."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"--inference_log: {str(path)!r} is no folder: give the one that 'shipway serve --inference_log' writes to."
        )


def add_flags(parser: argparse.ArgumentParser) -> None:
    for flag, (metavar, text) in ADDRESSES.items():
        prefix = PREFIXES[flag]
        parser.add_argument(f"--{flag}", default="", metavar=metavar, help=text)
        parser.add_argument(
            f"--{prefix}_token_file", type=_path, metavar="FILE", help=f"a file with the token for --{flag}"
        )
        parser.add_argument(
            f"--{prefix}_ca_file", type=_path, metavar="FILE",
            help=f"check the certificates of --{flag} with these authorities (PEM; default: the system's)",
        )  # fmt: skip
    parser.add_argument(
        "--inference_log", type=_path, metavar="FOLDER",
        help="the folder that 'shipway serve --inference_log' writes to, to compare live inputs with training",
    )  # fmt: skip


def read_flags(options: argparse.Namespace) -> dict[str, Any]:
    """What was written, as fields of `DashboardOptions`; raises `UsageError`s and `InputError`s of one sentence."""
    folder = options.inference_log
    if folder is not None and folder.exists() and not folder.is_dir():
        raise NoFolder(folder)
    return {
        "servers": _endpoints(options, "servers"),
        "prometheus": _only(options, "prometheus"),
        "alertmanager": _only(options, "alertmanager"),
        "inference_log": folder,
    }


def _only(options: argparse.Namespace, flag: str) -> Endpoint | None:
    found = _endpoints(options, flag)
    if len(found) > 1:
        raise UnusableEndpoint(flag, getattr(options, flag), "is more than one address")
    return found[0] if found else None


def _endpoints(options: argparse.Namespace, flag: str) -> tuple[Endpoint, ...]:
    files = {name: f"{PREFIXES[flag]}_{name}" for name in ("token_file", "ca_file")}
    for written in files.values():
        if getattr(options, written) is not None and not getattr(options, flag).strip():
            raise FileWithoutServer(written, flag)
    return read_endpoints(
        flag, getattr(options, flag), getattr(options, files["token_file"]), getattr(options, files["ca_file"])
    )


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()
