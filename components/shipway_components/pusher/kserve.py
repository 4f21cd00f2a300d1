"""A push into an InferenceService: the version is written where KServe fetches it, deployed, and asked."""

from __future__ import annotations

from shipway.artifacts import Examples, Model, PushedModel
from shipway.kube.serving.asking import Ask, WrongAnswer, ask_made_up_row
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.deploying import Deployment, deploy
from shipway.kube.serving.identity import ServedVersion, withdrawn_of
from shipway.kube.serving.inference_services import InferenceServices
from shipway.step import StepContext
from shipway_components.kserve.cluster import step_cluster
from shipway_components.kserve.version import version_of
from shipway_components.pusher.destination_layout import Layout, Pushed
from shipway_components.pusher.destinations import open_destination
from shipway_components.pusher.parameters import KServeTarget
from shipway_components.pusher.push import pushed_facts

ROWS = 4
"""Of the examples that a new version is asked with."""


def push_to_kserve(
    target: KServeTarget,
    model: Model,
    pushed_model: PushedModel,
    examples: Examples | None,
    versioning: str,
    context: StepContext,
) -> dict[str, str | int]:
    """What is to be recorded of the push: the version, and the InferenceService that answers with it.

    A version that somebody went back from is not brought back: `pushed` is 0 then, and `reason` says so.

    Raises what `deploy` raises, and the faults of the storage.
    """
    cluster = step_cluster()
    place = open_destination(target.storage, Layout.BASE_PATH)
    there = place.push(model.serving_path, model.uri, versioning)
    if reason := _withdrawn(cluster, target, there):
        return {"pushed": 0, "reason": reason}
    version = version_of(there, model, context, pushed_model.uri)
    deployment = deploy(cluster, target.serving, version, question_of(examples), target.timeout_seconds)
    return {"pushed": 1, **pushed_facts(place.place, there, model), **_deployed(target, deployment, version)}


def question_of(examples: Examples | None) -> Ask:
    """How a new version is asked: with rows of the examples, or one that is made up from its signature."""
    if examples is None:
        return ask_made_up_row
    from shipway_components.infra_validator.questions import Questions, ask

    questions = Questions(
        examples_path=str(examples.path),
        payload_format=examples.payload_format,
        split_names=tuple(examples.split_names),
        num_examples=ROWS,
    )

    def ask_rows(client: object, version: int) -> None:
        client.metadata(version)  # type: ignore[attr-defined]  # an old pod would say that it has no such version
        reasons = ask(client, questions).reasons  # type: ignore[arg-type]
        if reasons:
            raise WrongAnswer(reasons[0])

    return ask_rows


def _withdrawn(cluster: ClusterApi, target: KServeTarget, there: Pushed) -> str:
    service = InferenceServices(cluster).find(target.serving.namespace, target.serving.name)
    if service is None or str(there.version) not in withdrawn_of(service):
        return ""
    return (
        f"this model is version {there.version}, from which somebody went back: serve it again with 'shipway rollback "
        f"{target.serving.name} --namespace {target.serving.namespace} --to {there.version}'"
    )


def _deployed(target: KServeTarget, deployment: Deployment, version: ServedVersion) -> dict[str, str | int]:
    return {
        "namespace": target.serving.namespace,
        "inference_service": target.serving.name,
        "revision": deployment.revision,
        "url": deployment.url,
        "reason": "" if deployment.is_new else f"version {version.version} was served already",
    }
