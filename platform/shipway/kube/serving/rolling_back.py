"""A model taken back to a version that served before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shipway.kube.serving.asking import Ask
from shipway.kube.serving.cluster_api import ClusterApi
from shipway.kube.serving.deploying import Change, Deployment, carry_out, changed, now
from shipway.kube.serving.faults import AlreadyServed, NoSuchVersion, NothingBefore, NotOurs, VersionGone
from shipway.kube.serving.identity import ServedVersion, history_of, is_ours, served_version, withdrawn_of
from shipway.kube.serving.serving_spec import Serving

Lies = Callable[[str], bool]
"""Whether something lies at a URI."""


def version_to_go_back_to(
    service: Mapping[str, Any], wanted: str, recorded: Sequence[ServedVersion] = ()
) -> ServedVersion:  # fmt: skip
    """The version that served before, or the one that is wanted: of those that the InferenceService remembers, or of
    those that are `recorded` elsewhere as served by it.

    Raises `AlreadyServed`, `NoSuchVersion`, `NothingBefore`, `NotOurs`.
    """
    name, current, history = service["metadata"]["name"], served_version(service), history_of(service)
    if not is_ours(service):
        raise NotOurs(name, service["metadata"]["namespace"])
    if wanted and wanted == current.version:
        raise AlreadyServed(name, wanted)
    if not wanted:
        withdrawn = withdrawn_of(service)
        before = [one for one in history if one.version not in withdrawn]
        if not before:
            raise NothingBefore(name, current.version)
        return before[0]
    known = [*history, *recorded]
    for one in known:
        if one.version == wanted:
            return one
    raise NoSuchVersion(name, wanted, list(dict.fromkeys(one.version for one in known)))


def roll_back(
    cluster: ClusterApi,
    service: Mapping[str, Any],
    target: ServedVersion,
    ask: Ask,
    timeout_seconds: float,
    lies_there: Lies,
) -> Deployment:
    """Serve the target again, asked as a push is; the version that is left stays known, and no push brings it back.

    Raises `VersionGone`, and as `shipway.kube.serving.deploying.deploy`.
    """
    if not lies_there(target.storage_uri):
        raise VersionGone(service["metadata"]["name"], target.version, target.storage_uri)
    return carry_out(cluster, change_back(service, target), ask, timeout_seconds)


def change_back(service: Mapping[str, Any], target: ServedVersion) -> Change:
    """The change that a rollback makes: what the predictor has beside the version stays."""
    current = served_version(service)
    withdrawn = [one for one in withdrawn_of(service) if one != target.version]
    names, predictor = service["metadata"], service["spec"]["predictor"]
    serving = Serving(names["name"], names["namespace"], runtime=predictor["model"]["runtime"])
    return changed(
        serving,
        replace(target, since=now()),
        service,
        [current, *history_of(service)],
        [*withdrawn, current.version],
    )
