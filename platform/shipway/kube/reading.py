"""Reading the API server's answers as plain JSON, without the client's models: they cost more than the request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shipway.kube.faults import kube_faults


def get_json(api: Any, path: str, query: Mapping[str, str], doing: str) -> dict[str, Any]:
    """What a GET of `path` answers. Raises `KubeFault`; `doing` completes "while ..."."""
    with kube_faults(doing):
        response = open_stream(api, path, query)
        try:
            return dict(json.loads(response.read()))
        finally:
            response.release_conn()


def open_stream(api: Any, path: str, query: Mapping[str, str], timeout: tuple[float, float] | None = None) -> Any:
    """The response to a GET of `path`, its body unread. Raises what the client raises."""
    return api.call_api(
        path,
        "GET",
        query_params=list(query.items()),
        header_params={"Accept": "application/json"},
        auth_settings=["BearerToken"],
        _preload_content=False,
        _return_http_data_only=True,
        _request_timeout=timeout,
    )
