"""The warnings about a pod: what keeps a volume from being mounted stands in events alone."""

from __future__ import annotations

from typing import Any

from shipway.kube.reading import get_json


def trouble_events(api: Any, namespace: str, pod_uid: str) -> list[dict[str, Any]]:
    """The warnings about one pod, of the last hour. Raises `KubeFault`; wants the right to list events."""
    query = {"fieldSelector": f"involvedObject.uid={pod_uid},type=Warning", "limit": "50"}
    listed = get_json(api, f"/api/v1/namespaces/{namespace}/events", query, f"listing events of {namespace!r}")
    return [one for one in listed.get("items") or [] if isinstance(one, dict)]
