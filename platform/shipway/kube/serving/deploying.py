"""A version brought to answer: the InferenceService created or changed, waited for, asked, and put back if it fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from shipway.client import ClientError, ServerSaid
from shipway.kube.faults import ClusterUnreachable, NoSuchObject, ServerTrouble
from shipway.kube.serving.asking import Ask, is_passing
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.faults import ChangedMeanwhile, DeploymentFailed, NotOurs
from shipway.kube.serving.identity import (
    MANAGED_BY,
    SHIPWAY,
    ServedVersion,
    history_of,
    is_ours,
    revision_of,
    served_version,
    withdrawn_of,
)
from shipway.kube.serving.inference_services import InferenceServices
from shipway.kube.serving.merging import has_effect, inverse
from shipway.kube.serving.reaching import client_of
from shipway.kube.serving.rollout import look_at
from shipway.kube.serving.serving_runtimes import require_runtime
from shipway.kube.serving.serving_spec import Serving, new_service, wanted_annotations, wanted_predictor

SECONDS_BETWEEN_LOOKS = 1.0
ANSWERS_WANTED = 3
"""In a row, each over a connection of its own: the Service's endpoints are the new revision's alone."""

TRIES = 3
"""Of a question that was answered wrongly."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Deployment:
    """A version that answers: under which revision and URL, and whether anything had to be changed for it."""

    revision: int
    url: str
    is_new: bool


@dataclass(frozen=True)
class Change:
    """What is written to the cluster, and what takes it back; no `before`: the InferenceService is new."""

    serving: Serving
    version: ServedVersion
    revision: int
    patch: Mapping[str, Any]
    before: Mapping[str, Any] | None
    is_needed: bool = True


class NotServed(Exception):
    """The version did not come to answer: why, and what to do."""

    def __init__(self, why: str, advice: str) -> None:
        super().__init__(why)
        self.advice = advice


def deploy(
    cluster: ClusterApi, serving: Serving, version: ServedVersion, ask: Ask, timeout_seconds: float
) -> Deployment:  # fmt: skip
    """Have the InferenceService serve the version, and return when it has answered.

    What is served already is only asked. Where the version does not answer in time, the InferenceService is what it was
    before, or gone if there was none.

    Raises:
        DeploymentFailed: with the reason, as far as it shows.
        KServeMissing, NamespaceMissing, RuntimeMissing, RuntimeUnfit, NotOurs, ChangedMeanwhile: nothing was changed.
        KubeFault: no rights, no cluster.
    """
    require_runtime(cluster, serving.runtime, serving.namespace)
    before = InferenceServices(cluster).find(serving.namespace, serving.name)
    if before is not None and not is_ours(before):
        raise NotOurs(serving.name, serving.namespace)
    return carry_out(cluster, push_change(cluster, serving, version, before), ask, timeout_seconds)


def push_change(
    cluster: ClusterApi, serving: Serving, version: ServedVersion, before: Mapping[str, Any] | None
) -> Change:  # fmt: skip
    """The change that a push makes."""
    if before is None:
        version = replace(version, since=now())
        return Change(serving, version, 1, new_service(serving, version), None)
    current = served_version(before)
    predictor = {"spec": {"predictor": wanted_predictor(serving, version.storage_uri)}}
    if current.version == version.version and not has_effect(predictor, before):
        return Change(serving, current, revision_of(before), {}, before, is_needed=False)
    history = history_of(before)
    if current.version and current.version != version.version and _has_served(cluster, before):
        history = [current, *history]
    since = current.since if current.version == version.version else now()
    return changed(serving, replace(version, since=since), before, history, withdrawn_of(before))


def changed(
    serving: Serving,
    version: ServedVersion,
    before: Mapping[str, Any],
    history: list[ServedVersion],
    withdrawn: list[str],
) -> Change:
    """The change from what is there to the version."""
    revision = max(revision_of(before), int(before["metadata"].get("generation", 0))) + 1
    history = [one for one in history if one.version != version.version]
    patch = {
        "metadata": {
            "labels": {MANAGED_BY: SHIPWAY},
            "annotations": wanted_annotations(version, history, withdrawn, revision),
        },
        "spec": {"predictor": wanted_predictor(serving, version.storage_uri)},
    }
    return Change(serving, version, revision, patch, before)


def carry_out(cluster: ClusterApi, change: Change, ask: Ask, timeout_seconds: float) -> Deployment:
    """Write the change, wait for the answer, take it back if there is none; raises as `deploy`."""
    services, serving = InferenceServices(cluster), change.serving
    deadline = time.monotonic() + timeout_seconds
    if change.is_needed:
        _write(services, change)
    try:
        url = _wait(cluster, change, ask, deadline, timeout_seconds)
    except ChangedMeanwhile:
        raise
    except NotServed as error:
        names = (change.version.version, serving.name, serving.namespace)
        raise DeploymentFailed(*names, str(error), _take_back(services, change), error.advice) from error
    except BaseException:
        _take_back(services, change)
        raise
    return Deployment(change.revision, url, change.is_needed)


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _has_served(cluster: ClusterApi, before: Mapping[str, Any]) -> bool:
    """A push that was killed leaves a version that nobody has seen answer: it is nothing to go back to."""
    return look_at(cluster, before, revision_of(before)).is_complete


def _write(services: InferenceServices, change: Change) -> None:
    if change.before is None:
        services.create(change.patch)
    else:
        services.patch(change.serving.namespace, change.serving.name, change.patch, change.before)


def _take_back(services: InferenceServices, change: Change) -> str:
    """How things stand then, as a part of a sentence. A change that was not made here is nothing to take back."""
    serving = change.serving
    if change.before is None:
        services.delete(serving.namespace, serving.name)
        return "the InferenceService was removed again"
    if not change.is_needed:
        return "nothing was changed"
    services.patch(serving.namespace, serving.name, inverse(change.patch, change.before))
    before = served_version(change.before).version
    return f"version {before} goes on serving" if before else "what served before goes on serving"


def _wait(cluster: ClusterApi, change: Change, ask: Ask, deadline: float, timeout_seconds: float) -> str:
    """The URL of the version, when it has answered; raises `NotServed` and `ChangedMeanwhile`."""
    seen, advice, said = "", "Look at it with 'kubectl describe inferenceservice' while it waits.", ""
    while True:
        try:
            service = _own(cluster, change)
            rollout = look_at(cluster, service, change.revision)
            if rollout.is_complete:
                _ask_repeatedly(cluster, change, ask)
                return _url(service)
            if rollout.seen != said:
                said = rollout.seen
                log.info("%s: %s", change.serving.name, said)
            seen = rollout.seen
            if rollout.trouble is not None:
                seen, advice = rollout.trouble.text, rollout.trouble.advice
                if rollout.trouble.is_final:
                    raise NotServed(seen, advice)
        except (ClusterUnreachable, ServerTrouble, NoSuchObject) as error:
            seen = str(error)
        except ClientError as error:
            seen, advice = f"it is ready and does not answer ({_said(error)})", "Mend the model."
        if time.monotonic() > deadline:
            raise NotServed(f"it did not answer within {timeout_seconds:g} s: {seen}", advice)
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _own(cluster: ClusterApi, change: Change) -> Mapping[str, Any]:
    """The InferenceService, as long as it is what was written here; raises `ChangedMeanwhile`."""
    serving = change.serving
    service = InferenceServices(cluster).find(serving.namespace, serving.name)
    if service is None or revision_of(service) != change.revision:
        raise ChangedMeanwhile(serving.name, serving.namespace)
    return service


def _ask_repeatedly(cluster: ClusterApi, change: Change, ask: Ask) -> None:
    """Raises a passing `ClientError` to be asked again later, and `NotServed` for answers that stay wrong."""
    for _ in range(ANSWERS_WANTED):
        _try_again(lambda: _ask_once(cluster, change, ask))


def _ask_once(cluster: ClusterApi, change: Change, ask: Ask) -> None:
    with client_of(cluster, change.serving.namespace, change.serving.name) as client:
        ask(client, int(change.version.version))


def _try_again(question: Callable[[], None]) -> None:
    for tries_left in reversed(range(TRIES)):
        try:
            question()
        except ClientError as error:
            if is_passing(error):
                raise
            if not tries_left:
                why = f"it is ready and answers wrongly ({_said(error)})"
                raise NotServed(why, "Mend the model.") from error
        else:
            return
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _said(error: ClientError) -> str:
    """In the model's words, where they are its own."""
    text = f"{error.status}: {error.sentence}" if isinstance(error, ServerSaid) else str(error)
    return text.rstrip(".")


def _url(service: Mapping[str, Any]) -> str:
    status = service.get("status", {})
    return str((status.get("address") or {}).get("url") or status.get("url") or "")
