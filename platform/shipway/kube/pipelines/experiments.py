"""Experiments, in which Kubeflow Pipelines groups runs: found by name, made where there is none."""

from __future__ import annotations

from shipway.kube.pipelines.connection import PipelinesApi, equals
from shipway.kube.pipelines.faults import AlreadyThere

DEFAULT = "Default"
"""The experiment that Kubeflow Pipelines itself uses for runs without one."""


def experiment_id(api: PipelinesApi, name: str = DEFAULT) -> str:
    """The id of the experiment of that name, which is made if it is not there."""
    found = _find(api, name)
    if found:
        return found
    body = api.models.V2beta1Experiment(display_name=name, namespace=api.namespace)
    try:
        return api.experiments.experiment_service_create_experiment(body).experiment_id
    except AlreadyThere:
        return _find(api, name) or ""


def _find(api: PipelinesApi, name: str) -> str | None:
    here = {"namespace": api.namespace} if api.namespace else {}
    listed = api.experiments.experiment_service_list_experiments(filter=equals(display_name=name), **here)
    return listed.experiments[0].experiment_id if listed.experiments else None
