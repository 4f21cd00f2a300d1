"""What a server of the dashboards is started with."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shipway.dashboards.serving.endpoints import Endpoint
    from shipway.settings import MetadataAddress

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8080


@dataclass(frozen=True)
class DashboardOptions:
    """Where the dashboards look, where they listen and whom they let in."""

    home: Path
    """The home folder whose runs, logs and artifacts are shown."""

    metadata: MetadataAddress | None = None
    """The metadata store; the home's own by default."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    """0 is any free port."""

    token_file: Path | None = None
    """The token that lets people in to look."""

    operator_token_file: Path | None = None
    """The token that lets people in to change things."""

    auth_header: str = ""
    """The header in which a proxy names who has signed in, such as X-Auth-Request-Email."""

    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Whose headers count: `auth_header`, X-Forwarded-For and X-Forwarded-Proto."""

    operators: frozenset[str] = frozenset()
    """Who, of those whom the proxy names, may change things; in lower case."""

    allowed_hosts: tuple[str, ...] = ()
    """Names by which people reach this server, besides this machine's own name and addresses."""

    session_key_file: Path | None = None
    """The key that signs sessions, for several replicas to share; made at the start by default."""

    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None

    servers: tuple[Endpoint, ...] = ()
    """Model servers that are shown; nobody else is ever asked."""

    prometheus: Endpoint | None = None
    """Asked for alerts, and for traffic of more than an hour."""

    alertmanager: Endpoint | None = None
    """Asked for alerts that fire, with their silences."""

    kfp_ui: str = ""
    """Kubeflow Pipelines' own pages, which runs of a cluster are linked to; "" for none."""

    inference_log: Path | None = None
    """The folder that model servers log to, whose inputs are compared with those of training."""
