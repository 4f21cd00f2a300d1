"""Kubernetes' API as JSON in and JSON out, under the connection's credentials and time limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shipway.kube.faults import kube_faults

MERGE_PATCH = "application/merge-patch+json"
JSON = "application/json"


class ClusterApi:
    """Reads and writes objects by their path; `api` is what `shipway.kube.connection.connect` gives."""

    def __init__(self, api: Any) -> None:
        self.api = api

    def get(self, path: str, query: Mapping[str, str] | None = None, *, doing: str) -> dict[str, Any]:
        """An object or a list; raises a `KubeFault`, `NoSuchObject` where it is not there."""
        return self._send("GET", path, query, None, JSON, doing)

    def create(self, path: str, body: Mapping[str, Any], *, doing: str) -> dict[str, Any]:
        """Raises a `KubeFault`, `Refused` where it is there already."""
        return self._send("POST", path, None, body, JSON, doing)

    def patch(self, path: str, body: Mapping[str, Any], *, doing: str) -> dict[str, Any]:
        """A merge patch; one that names a resourceVersion is `Refused` when the object has changed since."""
        return self._send("PATCH", path, None, body, MERGE_PATCH, doing)

    def delete(self, path: str, *, doing: str) -> None:
        """Raises a `KubeFault`, `NoSuchObject` where it is not there."""
        self._send("DELETE", path, None, None, JSON, doing)

    def _send(
        self, method: str, path: str, query: Mapping[str, str] | None, body: Any, content: str, doing: str
    ) -> dict[str, Any]:
        with kube_faults(doing):
            answer = self.api.call_api(
                path,
                method,
                query_params=list((query or {}).items()),
                header_params={"Accept": JSON, "Content-Type": content},
                body=body,
                auth_settings=["BearerToken"],
                _preload_content=False,
                _return_http_data_only=True,
            )
            return json.loads(answer.data or b"{}")
