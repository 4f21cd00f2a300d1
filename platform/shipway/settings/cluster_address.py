"""Which cluster this process works with: Kubeflow Pipelines' API, and the context of the kubeconfig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shipway.errors import UsageError

ENDPOINT_VARIABLE = "SHIPWAY_KFP"
TOKEN_FILE_VARIABLE = "SHIPWAY_KFP_TOKEN_FILE"
CA_FILE_VARIABLE = "SHIPWAY_KFP_CA_FILE"
NAMESPACE_VARIABLE = "SHIPWAY_KFP_NAMESPACE"
CONTEXT_VARIABLE = "SHIPWAY_KUBE_CONTEXT"
UI_VARIABLE = "SHIPWAY_KFP_UI"
DEFAULT_NAMESPACE = "kubeflow"


class BadEndpoint(UsageError):
    """`SHIPWAY_KFP` is no address."""

    def __init__(self, value: str, problem: str) -> None:
        super().__init__(
            f"{ENDPOINT_VARIABLE} is {value!r}, {problem}: give the address of Kubeflow Pipelines' API, such as "
            "http://ml-pipeline.kubeflow:8888 or https://HOST/pipeline."
        )


class BadPages(UsageError):
    """`SHIPWAY_KFP_UI` is no address of pages."""

    def __init__(self, value: str) -> None:
        super().__init__(
            f"{UI_VARIABLE} is {value!r}, which is no address of pages: give the one at which people open Kubeflow "
            "Pipelines, such as https://kubeflow.example.com/pipeline."
        )


class TokenInTheOpen(UsageError):
    """A token that would cross the network readable by all."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            f"{TOKEN_FILE_VARIABLE} is set, but {ENDPOINT_VARIABLE} is {endpoint!r}, which would carry the token in "
            "plain text: write https://, or go through 'kubectl port-forward' to localhost."
        )


class NoSuchFile(UsageError):
    """A file that lets this process in, and is not there."""

    def __init__(self, variable: str, path: Path) -> None:
        super().__init__(f"{variable} is {str(path)!r}, and no file lies there: make it, or unset the variable.")


@dataclass(frozen=True)
class ClusterAddress:
    """The cluster as the environment names it; nothing is asked before somebody needs it."""

    kfp_endpoint: str = ""
    """`SHIPWAY_KFP`: Kubeflow Pipelines' API, `http(s)://host[:port][/path]`; empty where none is set."""

    kfp_token_file: Path | None = None
    """`SHIPWAY_KFP_TOKEN_FILE`: a bearer token, read again for each connection because such tokens are short-lived."""

    kfp_ca_file: Path | None = None
    """`SHIPWAY_KFP_CA_FILE`: the authority of the API's certificate, where the system does not know it."""

    kfp_namespace: str = DEFAULT_NAMESPACE
    """`SHIPWAY_KFP_NAMESPACE`: where the pods of runs are."""

    kube_context: str = ""
    """`SHIPWAY_KUBE_CONTEXT`: a context of the kubeconfig; empty for its current one, or for the pod's own cluster."""

    kfp_ui: str = ""
    """`SHIPWAY_KFP_UI`: Kubeflow Pipelines' own pages, for people; empty where none are known."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ClusterAddress:
        """Raises `BadEndpoint`, `BadPages`, `TokenInTheOpen`, `NoSuchFile`."""
        endpoint = environment.get(ENDPOINT_VARIABLE, "").strip().rstrip("/")
        token_file = _file(environment, TOKEN_FILE_VARIABLE)
        if endpoint:
            _check_endpoint(endpoint, token_file)
        return cls(
            kfp_endpoint=endpoint,
            kfp_token_file=token_file,
            kfp_ca_file=_file(environment, CA_FILE_VARIABLE),
            kfp_namespace=environment.get(NAMESPACE_VARIABLE, "").strip() or DEFAULT_NAMESPACE,
            kfp_ui=_pages(environment.get(UI_VARIABLE, "").strip().rstrip("/")),
            kube_context=environment.get(CONTEXT_VARIABLE, "").strip(),
        )


def _check_endpoint(endpoint: str, token_file: Path | None) -> None:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as error:
        raise BadEndpoint(endpoint, "which is no address") from error
    if "@" in parts.netloc:
        hidden = endpoint.replace(parts.netloc.rpartition("@")[0], "***")
        raise BadEndpoint(hidden, "which holds a user or password")
    if parts.scheme not in ("http", "https") or not host:
        raise BadEndpoint(endpoint, "which is not http:// or https:// and a host")
    if parts.query or parts.fragment:
        raise BadEndpoint(endpoint, "which says more than a host and a path")
    if token_file and parts.scheme == "http" and not _stays_here(host):
        raise TokenInTheOpen(endpoint)


def _pages(url: str) -> str:
    if url and (not url.startswith(("http://", "https://")) or any(mark in url for mark in "\"'<>@# ")):
        raise BadPages(url)
    return url


def _stays_here(host: str) -> bool:
    """This machine, or a Service of the cluster that this process runs in: KFP's own SDK sends its token there too."""
    inside = host.endswith((".svc", ".svc.cluster.local")) or ("." not in host and host != "")
    return host in ("localhost", "127.0.0.1", "::1") or inside


def _file(environment: Mapping[str, str], variable: str) -> Path | None:
    value = environment.get(variable, "").strip()
    if not value:
        return None
    path = Path(value).expanduser().absolute()
    if not path.is_file():
        raise NoSuchFile(variable, path)
    return path
