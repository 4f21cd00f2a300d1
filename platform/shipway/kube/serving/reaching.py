"""The way to a served model: its Service from within the cluster, the API server's proxy to it from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from shipway.client import Client
from shipway.kube.connection import is_in_cluster
from shipway.kube.faults import fault_of
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.rollout import predictor_name

REQUEST_SECONDS = 30.0
OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")


def client_of(cluster: ClusterApi, namespace: str, name: str, seconds: float = REQUEST_SECONDS) -> Client:
    """A client of the model, which tries nothing again; raises a `KubeFault` where there is no Service."""
    service = cluster.get(
        f"/api/v1/namespaces/{namespace}/services/{predictor_name(name)}", doing=f"looking for model {name!r}"
    )
    if is_in_cluster():
        return Client(address_within(service), name, timeout=seconds, retries=0)
    port = service["spec"]["ports"][0]["port"]
    path = f"/api/v1/namespaces/{namespace}/services/http:{predictor_name(name)}:{port}/proxy"
    host = cluster.api.configuration.host
    return Client(f"{host}{path}", name, timeout=seconds, retries=0, transport=ProxyTransport(cluster.api))


def address_within(service: Mapping[str, Any]) -> str:
    """The URL of a Service for those within the cluster; a headless one leaves ports as the pods have them."""
    names, spec = service["metadata"], service["spec"]
    port = spec["ports"][0]
    number = port["targetPort"] if spec.get("clusterIP") == "None" else port["port"]
    return f"http://{names['name']}.{names['namespace']}.svc.cluster.local" + ("" if number == 80 else f":{number}")


class ProxyTransport(httpx.BaseTransport):
    """httpx over the Kubernetes client's own connections, so that every way of logging in works."""

    def __init__(self, api: Any) -> None:
        self._api = api

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `NotAllowed` where the API server itself refuses; httpx's own errors where there is no connection."""
        import urllib3

        headers = {**self._api.default_headers, **dict(request.headers)}
        self._api.update_params_for_auth(headers, [], ["BearerToken"])
        timeout = urllib3.Timeout(request.extensions.get("timeout", {}).get("read", REQUEST_SECONDS))
        try:
            answer = self._api.rest_client.pool_manager.request(
                request.method,
                str(request.url),
                body=request.read() or None,
                headers=headers,
                timeout=timeout,
                retries=0,
            )
        except urllib3.exceptions.ReadTimeoutError as error:
            raise httpx.ReadTimeout(str(error), request=request) from error
        except urllib3.exceptions.HTTPError as error:
            raise httpx.ConnectError(str(error), request=request) from error
        _require_right(answer)
        return httpx.Response(answer.status, content=answer.data, headers=_plain(answer.headers), request=request)


def _require_right(answer: Any) -> None:
    """A 401 or 403 that the API server gives for itself, not for the model behind it."""
    if answer.status not in (401, 403):
        return
    from kubernetes.client.exceptions import ApiException

    try:
        is_status = json.loads(answer.data).get("kind") == "Status"
    except (ValueError, AttributeError):
        return
    if is_status:
        error = ApiException(status=answer.status, reason=answer.reason)
        error.body = answer.data
        fault = fault_of(error, "asking the model through the API server's proxy")
        if fault is not None:
            raise fault from error


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    """Without what is true no longer of a body that urllib3 has decoded."""
    return {name: value for name, value in headers.items() if name.lower() not in OF_THE_WIRE}
