"""What Kubernetes refuses or cannot do, each as one sentence with the next command to try."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shipway.errors import EnvironmentFault, in_one_line

FORBIDDEN = re.compile(
    r'User "(?P<user>[^"]+)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)")?'
)
"""How the API server's RBAC says no."""


class KubeFault(EnvironmentFault):
    """A cluster that cannot be asked, or that refuses."""


class ClusterUnreachable(KubeFault):
    """No answer from the API server."""

    def __init__(self, doing: str, problem: str) -> None:
        super().__init__(
            f"The cluster does not answer while {doing} ({problem}): see whether 'kubectl cluster-info' works."
        )


class NotLoggedIn(KubeFault):
    """The credentials have expired, or are those of another cluster."""

    def __init__(self, doing: str) -> None:
        super().__init__(
            f"The cluster does not accept the credentials of the kubeconfig while {doing} (401): they have expired or "
            "belong to another cluster; log in again, until 'kubectl auth whoami' works."
        )


class NotAllowed(KubeFault):
    """The right to do something is missing."""

    def __init__(self, doing: str, message: str) -> None:
        super().__init__(f"Not allowed while {doing}: {_missing_right(message)}.")


class NoSuchObject(KubeFault):
    """Something that is not there, or not any more."""

    def __init__(self, doing: str, message: str) -> None:
        super().__init__(f"Not found while {doing}: {message}.")


class Refused(KubeFault):
    """The API server, or an admission webhook, does not take an object as it is."""

    def __init__(self, doing: str, message: str) -> None:
        super().__init__(f"The cluster refuses it while {doing}: {message}.")


class ServerTrouble(KubeFault):
    """The API server failed, or is overloaded."""

    def __init__(self, doing: str, status: int, message: str) -> None:
        super().__init__(f"The cluster failed while {doing} ({status}: {message}): try again in a moment.")


@contextmanager
def kube_faults(doing: str) -> Iterator[None]:
    """Turn what the client raises into a `KubeFault`; `doing` completes "while ...", as in "listing pods of 'x'"."""
    try:
        yield
    except Exception as error:
        fault = fault_of(error, doing)
        if fault is None:
            raise
        raise fault from error


def fault_of(error: BaseException, doing: str) -> KubeFault | None:
    """The fault that an exception of the Kubernetes client stands for; None for one that is not the client's."""
    from kubernetes.client.exceptions import ApiException
    from kubernetes.config import ConfigException
    from urllib3.exceptions import HTTPError

    if isinstance(error, ApiException) and error.status:
        return _of_answer(error, doing)
    if isinstance(error, ApiException | HTTPError | ConfigException | ConnectionError | TimeoutError):
        return ClusterUnreachable(doing, _root_cause(error))
    return None


def _of_answer(error: Any, doing: str) -> KubeFault:
    message = message_of(error)
    if error.status == 401:
        return NotLoggedIn(doing)
    if error.status == 403:
        return NotAllowed(doing, message) if FORBIDDEN.search(message) else Refused(doing, message)
    if error.status in (404, 410):
        return NoSuchObject(doing, message)
    if error.status in (400, 409, 413, 415, 422):
        return Refused(doing, message)
    return ServerTrouble(doing, error.status, message)


def message_of(error: Any) -> str:
    """The server's own words: the message of its Status object, or the beginning of what it sent instead."""
    body = error.body if isinstance(error.body, str) else (error.body or b"").decode("utf-8", "replace")
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    message = said.get("message") if isinstance(said, dict) else None
    return " ".join(str(message or body or error.reason or "no reason given").split())[:500].rstrip(".")


def _missing_right(message: str) -> str:
    found = FORBIDDEN.search(message)
    if found is None:
        return message
    group, namespace = found["group"], found["namespace"]
    resource = f"{found['resource']}.{group}" if group else found["resource"]
    where = f" in namespace {namespace!r}" if namespace else " in the whole cluster"
    scope = f" -n {namespace}" if namespace else ""
    check = f"kubectl auth can-i {found['verb']} {resource}{scope} --as={found['user']}"
    return (
        f"{found['user']!r} lacks the verb {found['verb']!r} on {resource!r}{where}; bind a Role that has it, until "
        f"'{check}' says yes"
    )


def _root_cause(error: BaseException) -> str:
    """The innermost reason: urllib3 wraps refused connections several times."""
    reason = getattr(error, "reason", None)
    while isinstance(reason, BaseException):
        error, reason = reason, getattr(reason, "reason", None)
    return in_one_line(error)
