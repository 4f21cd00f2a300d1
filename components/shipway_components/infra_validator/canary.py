"""The model served in the cluster as a push would serve it, asked, and taken away again whatever happens."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from shipway.artifacts import Model
from shipway.artifacts.object_store import ObjectStoreFault, delete
from shipway.client import Client
from shipway.errors import InputError
from shipway.kube.serving.asking import WrongAnswer, ask_made_up_row
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.deploying import deploy
from shipway.kube.serving.faults import DeploymentFailed
from shipway.kube.serving.identity import ServedVersion
from shipway.kube.serving.inference_services import InferenceServices
from shipway.kube.serving.serving_spec import Serving
from shipway.step import StepContext
from shipway_components.infra_validator.canary_spec import CanarySpec
from shipway_components.infra_validator.isolation import Limits, ProbeReport
from shipway_components.infra_validator.questions import Answers, Questions, ask
from shipway_components.kserve.cluster import step_cluster
from shipway_components.kserve.version import version_of
from shipway_components.pusher.destination_layout import Layout, Pushed
from shipway_components.pusher.destinations import open_destination

DIGITS = 8
"""Of the model's digest in the canary's name: two runs have canaries of their own, and a run that was killed finds its
own again."""

log = logging.getLogger(__name__)


def probe_in_cluster(
    spec: CanarySpec, model: Model, questions: Questions, limits: Limits, context: StepContext
) -> ProbeReport:
    """Serve the model by an InferenceService that is gone when this returns, and ask it.

    A canary that does not come to answer is a reason of the report.

    Raises:
        KubeFault: no rights, no KServe: nothing is known of the model then.
        ObjectStoreFault: the storage.
    """
    cluster = step_cluster()
    there = open_destination(spec.storage, Layout.BASE_PATH).push(model.serving_path, model.uri, "timestamp")
    serving = replace(spec.serving, name=f"{spec.serving.name}-{there.digest[:DIGITS]}")
    is_good = False
    try:
        report = _probe(cluster, serving, version_of(there, model, context), questions, limits)
        is_good = not report.reasons
    finally:
        InferenceServices(cluster).delete(serving.namespace, serving.name)
        if there.is_new and not is_good:
            _remove(there)
    return report


def _probe(
    cluster: ClusterApi, serving: Serving, version: ServedVersion, questions: Questions, limits: Limits
) -> ProbeReport:  # fmt: skip
    report, started = ProbeReport(), time.monotonic()

    def ask_all(client: Client, number: int) -> None:
        ask_made_up_row(client, number)
        if report.loading_seconds is None:
            report.loading_seconds = time.monotonic() - started
        if not report.signatures:
            answers = _answers(client, questions)
            report.signatures, report.reasons = answers.signatures, answers.reasons
            if answers.reasons:
                raise WrongAnswer(" ".join(answers.reasons))

    try:
        deploy(cluster, serving, version, ask_all, limits.loading + limits.requests)
    except DeploymentFailed as error:
        report.reasons = report.reasons or [str(error)]
    return report


def _answers(client: Client, questions: Questions) -> Answers:
    """Questions that cannot be put to the model are a reason too."""
    try:
        return ask(client, questions)
    except InputError as error:
        return Answers(reasons=[str(error)])


def _remove(there: Pushed) -> None:
    """The files that only the canary was served from."""
    try:
        delete(there.uri)
    except ObjectStoreFault as fault:
        log.warning("%s The model that was not blessed stays there; nothing serves it.", fault)
