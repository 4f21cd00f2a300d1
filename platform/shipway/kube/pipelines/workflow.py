"""The workflow that a run is in the cluster: which nodes it has gone through, and what became of them.

Kubeflow Pipelines' own list of tasks knows neither which pod worked on a task nor what the cache gave. The workflow
does. It is asked of Kubeflow Pipelines, which keeps it with the run, or else of Kubernetes, which has it for a while.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Mapping
from typing import Any

from shipway.kube.connection import connect as connect_kubernetes
from shipway.kube.faults import KubeFault, kube_faults
from shipway.kube.pipelines.connection import PipelinesApi
from shipway.kube.pipelines.faults import NotThere, PipelinesTrouble, RequestRefused

GROUP, VERSION, PLURAL = "argoproj.io", "v1alpha1", "workflows"
RUN_LABEL = "pipeline/runid"


class UnknownWorkflow(KubeFault):
    """A run whose workflow neither Kubeflow Pipelines nor Kubernetes has."""

    def __init__(self, run_id: str, problem: str) -> None:
        super().__init__(
            f"What the tasks of run {run_id} did cannot be read ({problem}): its workflow may have been deleted; "
            "lineage, in 'shipway ui', has what they recorded."
        )


def read_workflow(api: PipelinesApi, run_id: str) -> Mapping[str, Any]:
    """The workflow of a run as Argo writes it; {} for a run that has just been made. Raises `UnknownWorkflow`."""
    try:
        detail = api.get(f"/apis/v1beta1/runs/{run_id}")
    except (NotThere, PipelinesTrouble, RequestRefused) as error:  # an installation without the older API
        return _of_kubernetes(api, run_id, str(error))
    manifest = (detail.get("pipeline_runtime") or {}).get("workflow_manifest")
    return _object(manifest) if manifest else {}


def nodes_of(workflow: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The nodes by id; Argo packs them when they are many."""
    status = workflow.get("status") or {}
    packed = status.get("compressedNodes")
    if packed:
        try:
            return _object(gzip.decompress(base64.b64decode(packed)))
        except (binascii.Error, OSError, EOFError, zlib.error):
            return {}
    return dict(status.get("nodes") or {})


def was_terminated(workflow: Mapping[str, Any]) -> bool:
    """Whether somebody has ended the run, which Kubeflow Pipelines then calls FAILED: its time is set to nothing."""
    return (workflow.get("spec") or {}).get("activeDeadlineSeconds") == 0


def workflow_name(workflow: Mapping[str, Any]) -> str:
    return str((workflow.get("metadata") or {}).get("name", ""))


def namespace_of(workflow: Mapping[str, Any], api: PipelinesApi) -> str:
    """Where the pods of a run are."""
    return str((workflow.get("metadata") or {}).get("namespace") or api.address.kfp_namespace)


def _of_kubernetes(api: PipelinesApi, run_id: str, problem: str) -> Mapping[str, Any]:
    from kubernetes import client

    objects = client.CustomObjectsApi(connect_kubernetes(api.address))
    try:
        with kube_faults("reading the workflow of the run"):
            found = objects.list_namespaced_custom_object(
                GROUP, VERSION, api.address.kfp_namespace, PLURAL, label_selector=f"{RUN_LABEL}={run_id}"
            )
    except KubeFault as error:
        raise UnknownWorkflow(run_id, problem.rstrip(".")) from error
    if not found["items"]:
        raise UnknownWorkflow(run_id, "there is none in the cluster")
    return found["items"][0]


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
