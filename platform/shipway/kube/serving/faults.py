"""What can go wrong between a pushed version and an InferenceService that answers with it, each in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from shipway.errors import InputError, UsageError
from shipway.kube.faults import KubeFault

CLIENT_ADVICE = "'kubectl api-resources --api-group=serving.kserve.io' lists inferenceservices"


class KServeMissing(KubeFault):
    """A cluster without KServe's API."""

    def __init__(self) -> None:
        super().__init__(f"The cluster has no InferenceServices: install KServe, until {CLIENT_ADVICE}.")


class NamespaceMissing(KubeFault):
    """A namespace that does not exist."""

    def __init__(self, namespace: str) -> None:
        super().__init__(
            f"There is no namespace {namespace!r} for the InferenceService: make it with 'kubectl create namespace "
            f"{namespace}', or name another one."
        )


class BadName(UsageError):
    """A name that Kubernetes or KServe does not take."""

    def __init__(self, what: str, name: str, rule: str) -> None:
        super().__init__(f"{name!r} cannot be the {what}: it must be {rule}.")


class RuntimeMissing(KubeFault):
    """A serving runtime that neither the namespace nor the cluster has."""

    def __init__(self, runtime: str, namespace: str, known: Sequence[str]) -> None:
        there = f"there are {', '.join(known)}" if known else "there is none at all"
        super().__init__(
            f"There is no serving runtime {runtime!r} for namespace {namespace!r} ({there}): name one of those, or "
            "apply Shipway's own, manifests/serving/clusterservingruntime.yaml."
        )


class RuntimeUnfit(KubeFault):
    """A serving runtime that does not say that it serves SavedModels."""

    def __init__(self, runtime: str, formats: Sequence[str]) -> None:
        super().__init__(
            f"The serving runtime {runtime!r} serves {', '.join(formats) or 'no format'} and not the format "
            "'tensorflow' in version 2: name another runtime."
        )


class NotOurs(UsageError):
    """An InferenceService that somebody else made under the same name."""

    def __init__(self, name: str, namespace: str) -> None:
        super().__init__(
            f"The InferenceService {name!r} in namespace {namespace!r} was not made by Shipway: choose another name, "
            f"or hand it over with 'kubectl label inferenceservice {name} -n {namespace} "
            "app.kubernetes.io/managed-by=shipway'."
        )


class ChangedMeanwhile(KubeFault):
    """Two who deploy to the same InferenceService."""

    def __init__(self, name: str, namespace: str) -> None:
        super().__init__(
            f"Somebody else has changed the InferenceService {name!r} in namespace {namespace!r} meanwhile: see "
            f"'shipway models -n {namespace}', and run again."
        )


class DeploymentFailed(KubeFault):
    """A version that did not come to answer; the InferenceService is as it was before."""

    def __init__(self, version: str, name: str, namespace: str, why: str, now: str, advice: str) -> None:
        super().__init__(
            f"Version {version} is not served by the InferenceService {name!r} in namespace {namespace!r}: "
            f"{why.rstrip('.')}; {now}. {advice}"
        )


class NoSuchModel(InputError):
    """An InferenceService that is not there."""

    def __init__(self, name: str, where: str, known: Sequence[str]) -> None:
        there = f"there are {', '.join(known)}" if known else "there is none"
        super().__init__(f"No model {name!r} is served {where} ({there}): 'shipway models' lists them.")


class SeveralModels(UsageError):
    """One name in several namespaces."""

    def __init__(self, name: str, namespaces: Sequence[str]) -> None:
        super().__init__(
            f"Models {name!r} are served in the namespaces {', '.join(namespaces)}: say which one with --namespace."
        )


class NoSuchVersion(InputError):
    """A version that never served under this name."""

    def __init__(self, name: str, version: str, known: Sequence[str]) -> None:
        there = f"those before were {', '.join(known)}" if known else "nothing was served before"
        super().__init__(
            f"The model {name!r} cannot go back to version {version!r} ({there}): give one of them with --to."
        )


class NothingBefore(InputError):
    """A rollback of a model's first version."""

    def __init__(self, name: str, version: str) -> None:
        super().__init__(
            f"The model {name!r} has served nothing before version {version!r}: there is nothing to go back to; "
            "push another model, or delete the InferenceService."
        )


class AlreadyServed(InputError):
    """A rollback to what is served."""

    def __init__(self, name: str, version: str) -> None:
        super().__init__(f"The model {name!r} serves version {version!r} already: there is nothing to do.")


class VersionGone(InputError):
    """A version whose files were removed."""

    def __init__(self, name: str, version: str, uri: str) -> None:
        super().__init__(
            f"Version {version!r} of the model {name!r} lies no longer at {uri!r}: go back to another one with --to, "
            "or push the model again."
        )
