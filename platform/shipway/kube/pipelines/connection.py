"""The connection to Kubeflow Pipelines' API: where it is, who we are, and how long an answer may take."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from shipway.errors import UsageError, in_one_line
from shipway.kube.connection import is_in_cluster
from shipway.kube.faults import KubeFault
from shipway.kube.pipelines.faults import NotPipelines, NotThere, PipelinesUnreachable, fault_of_answer
from shipway.settings.cluster_address import ClusterAddress

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0
IN_CLUSTER = "http://ml-pipeline.{namespace}.svc:8888"
PROJECTED_TOKEN = Path("/var/run/secrets/kubeflow/pipelines/token")
"""Where Kubeflow's own pods, notebooks for instance, are given a token for Kubeflow Pipelines."""
PAGE_SIZE = 100
NOISE = re.compile(r"^HTTPS?Connection(Pool)?\(.*?\): |Failed to establish a new connection: |\[Errno -?\d+\] ")


class NoEndpoint(UsageError):
    """A command for the cluster, and nobody has said which one."""

    def __init__(self) -> None:
        super().__init__(
            "No Kubeflow Pipelines is known: set SHIPWAY_KFP to its address, such as https://HOST/pipeline, or "
            "http://localhost:8888 behind 'kubectl port-forward -n kubeflow svc/ml-pipeline 8888'."
        )


class UnreadableToken(KubeFault):
    """A token file that has gone, or is empty."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"The token for Kubeflow Pipelines in {path} cannot be used ({problem}): write one into that file."
        )


class PipelinesApi:
    """Kubeflow Pipelines' services. Every call ends in time, and every refusal is a `KubeFault`."""

    def __init__(self, address: ClusterAddress) -> None:
        import kfp_server_api  # type: ignore[import-untyped]

        self.models = kfp_server_api
        self.address = address
        self._client = kfp_server_api.ApiClient(_configuration(kfp_server_api.Configuration(), address))
        rest = self._client.rest_client
        rest.request = _in_time(rest.request, address)
        self.pipelines = kfp_server_api.PipelineServiceApi(self._client)
        self.uploads = kfp_server_api.PipelineUploadServiceApi(self._client)
        self.runs = kfp_server_api.RunServiceApi(self._client)
        self.schedules = kfp_server_api.RecurringRunServiceApi(self._client)
        self.experiments = kfp_server_api.ExperimentServiceApi(self._client)
        self.namespace = address.kfp_namespace if self._is_multi_user() else None
        """What lists and new things are narrowed to where several users share the installation; None for one user."""

    def get(self, path: str) -> dict[str, Any]:
        """A path that the generated services do not have, as plain JSON."""
        return self._client.call_api(
            path, "GET", response_type="object", auth_settings=["Bearer"], _return_http_data_only=True
        )

    def pages(self, method: Callable[..., Any], field: str, **filters: Any) -> Iterator[Any]:
        """Everything that a method lists, page by page."""
        token = ""
        while True:
            page = method(page_token=token, page_size=PAGE_SIZE, **filters)
            yield from getattr(page, field) or []
            token = page.next_page_token
            if not token:
                return

    def _is_multi_user(self) -> bool:
        try:
            health = self.get("/apis/v2beta1/healthz")
        except NotThere as error:
            raise NotPipelines(self.address.kfp_endpoint, "404 Not Found") from error
        if "kind" in health or "paths" in health:  # the API server of Kubernetes itself
            raise NotPipelines(self.address.kfp_endpoint, "it is Kubernetes' own")
        return bool(health.get("multi_user"))


def connect(address: ClusterAddress) -> PipelinesApi:
    """The API at the address, or the one of the cluster that this process runs in. It is asked how it is.

    Raises `NoEndpoint` and the faults of `faults.py`.
    """
    if not address.kfp_endpoint:
        if not is_in_cluster():
            raise NoEndpoint
        address = replace(address, kfp_endpoint=IN_CLUSTER.format(namespace=address.kfp_namespace))
    if address.kfp_token_file is None and is_in_cluster() and PROJECTED_TOKEN.is_file():
        address = replace(address, kfp_token_file=PROJECTED_TOKEN)
    return PipelinesApi(address)


def equals(**wanted: str) -> str:
    """A filter in the API's own form."""
    predicates = [{"operation": "EQUALS", "key": key, "string_value": value} for key, value in wanted.items()]
    return json.dumps({"predicates": predicates})


def _configuration(configuration: Any, address: ClusterAddress) -> Any:
    from urllib3 import Retry

    configuration.host = address.kfp_endpoint
    configuration.retries = Retry(total=3, connect=1, read=0, redirect=2, status=0)
    if address.kfp_ca_file:
        configuration.ssl_ca_cert = str(address.kfp_ca_file)
    if address.kfp_token_file:
        token_file = address.kfp_token_file
        configuration.api_key_prefix["authorization"] = "Bearer"
        configuration.api_key["authorization"] = _token(token_file)

        def read_again(current: Any) -> None:
            current.api_key["authorization"] = _token(token_file)

        configuration.refresh_api_key_hook = read_again  # before each request: such tokens live for an hour
    return configuration


def _token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableToken(path, in_one_line(error)) from error
    if not token or not token.isascii() or any(character.isspace() for character in token):
        raise UnreadableToken(path, "it holds no token" if not token else "it holds more than a token")
    return token


def _in_time(request: Callable[..., Any], address: ClusterAddress) -> Callable[..., Any]:
    """The client's way to send a request, with a time limit and with faults of ours."""
    from kfp_server_api.exceptions import ApiException  # type: ignore[import-untyped]
    from urllib3.exceptions import HTTPError

    def sent(method: str, url: str, **named: Any) -> Any:
        named["_request_timeout"] = (CONNECT_SECONDS, ANSWER_SECONDS)
        try:
            answer = request(method, url, **named)
        except ApiException as error:
            if error.status:
                raise fault_of_answer(error, method, url, address) from error
            raise PipelinesUnreachable(address.kfp_endpoint, _tls_problem(error.reason)) from error
        except HTTPError as error:
            if "BadStatusLine" in str(error):
                raise NotPipelines(address.kfp_endpoint, "it speaks no HTTP") from error
            raise PipelinesUnreachable(address.kfp_endpoint, _root_cause(error)) from error
        if not _holds_json(answer.data):
            kind = (answer.getheader("content-type") or "no content type").partition(";")[0]
            raise NotPipelines(address.kfp_endpoint, f"it answers with {kind}")
        return answer

    return sent


def _holds_json(data: bytes) -> bool:
    return data.lstrip()[:1] in (b"{", b"")


def _tls_problem(reason: str | None) -> str:
    text = " ".join((reason or "").split())[:200]
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"{text}; SHIPWAY_KFP_CA_FILE names the certificate of its authority"
    return "it speaks no TLS: write http://" if "WRONG_VERSION_NUMBER" in text else text


def _root_cause(error: BaseException) -> str:
    """urllib3 wraps the reason several times, and names its own objects in the text."""
    reason = getattr(error, "reason", None)
    while isinstance(reason, BaseException):
        error, reason = reason, getattr(reason, "reason", None)
    text = str(error)
    if "SSL" in text:
        return _tls_problem(text)
    return NOISE.sub("", text) or type(error).__name__
