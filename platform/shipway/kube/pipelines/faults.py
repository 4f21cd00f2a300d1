"""What Kubeflow Pipelines refuses or cannot do, each as one sentence with the next command to try.

KubeFault
 ├─ PipelinesUnreachable     nobody answers at the endpoint
 ├─ NotPipelines             somebody answers, but not Kubeflow Pipelines' API
 ├─ LoginWanted              401: no token, or one that has expired
 ├─ RightMissing             403: the verb and the resource that are lacking
 ├─ NotThere                 404; callers say which thing, and the closest names
 ├─ AlreadyThere             409; callers take what is there
 ├─ RequestRefused           400 and its like: the server's own reason
 └─ PipelinesTrouble         5xx
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from shipway.kube.faults import FORBIDDEN, KubeFault, NotAllowed

ATTRIBUTES = re.compile(
    r"ResourceAttributes\{Namespace:(?P<namespace>[^,]*),Verb:(?P<verb>[^,]*),Group:(?P<group>[^,]*),"
    r"Version:[^,]*,Resource:(?P<resource>[^,]*),"
)
"""How Kubeflow Pipelines tells what it asked Kubernetes to allow."""
USER = re.compile(r"User '([^']*)'")
KINDS = {"recurringruns": "jobs"}
"""Resources whose name in Kubernetes' access rules is not the one of the path."""
ACTIONS = {"GET": "get", "POST": "create", "DELETE": "delete"}
LONGEST_REASON = 200
SERVER_LOG = "kubectl logs -n {namespace} deployment/ml-pipeline --tail=50"


class PipelinesUnreachable(KubeFault):
    """No answer at the endpoint."""

    def __init__(self, endpoint: str, problem: str) -> None:
        super().__init__(
            f"Kubeflow Pipelines does not answer at {endpoint} ({problem}): check SHIPWAY_KFP; from outside of the "
            "cluster 'kubectl port-forward -n kubeflow svc/ml-pipeline 8888' makes it http://localhost:8888."
        )


class NotPipelines(KubeFault):
    """Something else answers at the endpoint: a login page, a web server, another API."""

    def __init__(self, endpoint: str, answer: str) -> None:
        super().__init__(
            f"What answers at {endpoint} is not Kubeflow Pipelines' API ({answer}): check SHIPWAY_KFP, and where a "
            "login page stands before it, put a token into the file that SHIPWAY_KFP_TOKEN_FILE names."
        )


class LoginWanted(KubeFault):
    """401: without a token, or with one that is not accepted any more."""

    def __init__(self, endpoint: str, token_file: Path | None) -> None:
        problem = (
            f"does not accept the token in {token_file} (401): it has expired or is meant for somebody else; write a "
            "new one with 'kubectl create token SERVICEACCOUNT --audience=pipelines.kubeflow.org'"
            if token_file
            else "wants a token (401): write one with 'kubectl create token SERVICEACCOUNT "
            "--audience=pipelines.kubeflow.org' into a file, and name the file in SHIPWAY_KFP_TOKEN_FILE"
        )
        super().__init__(f"Kubeflow Pipelines at {endpoint} {problem}.")


class RightMissing(KubeFault):
    """403: a right in Kubernetes that Kubeflow Pipelines asks for."""

    def __init__(self, user: str, verb: str, resource: str, namespace: str) -> None:
        where = f" in namespace {namespace!r}" if namespace else ""
        flags = (f" -n {namespace}" if namespace else "") + (f" --as={user}" if user else "")
        super().__init__(
            f"Kubeflow Pipelines does not allow it: {repr(user) if user else 'this user'} lacks the verb {verb!r} on "
            f"{resource!r}{where}; bind a Role that has it, until "
            f"'kubectl auth can-i {verb} {resource}{flags}' says yes."
        )


class NotThere(KubeFault):
    """404, for callers that know what was looked for."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(
            f"Kubeflow Pipelines at {endpoint} has no such thing: {reason}; 'shipway runs --cluster' lists runs."
        )


class AlreadyThere(KubeFault):
    """409, for callers that then take what is there."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(f"Kubeflow Pipelines at {endpoint} has it already: {reason}.")


class RequestRefused(KubeFault):
    """400 and its like."""

    def __init__(self, reason: str, namespace: str) -> None:
        log = SERVER_LOG.format(namespace=namespace)
        super().__init__(f"Kubeflow Pipelines refuses it: {reason}; the server's log says more: '{log}'.")


class PipelinesTrouble(KubeFault):
    """5xx: the server, or something that it relies on, failed."""

    def __init__(self, status: int, reason: str, namespace: str) -> None:
        log = SERVER_LOG.format(namespace=namespace)
        super().__init__(f"Kubeflow Pipelines failed ({status}: {reason}): try again in a moment, or see '{log}'.")


def fault_of_answer(error: Any, method: str, url: str, address: Any) -> KubeFault:
    """The fault that an answer of another status than 2xx stands for; `error` has its `status`, `reason` and `body`."""
    reason = reason_of(error)
    if error.status == 401:
        return LoginWanted(address.kfp_endpoint, address.kfp_token_file)
    if error.status == 403 and not _text(error.body).lstrip().startswith("<"):
        return _missing_right(reason, method, url)  # a proxy before it refuses in plain text
    if not _is_json(error.body):
        return NotPipelines(address.kfp_endpoint, f"{error.status} {error.reason or ''}".strip())
    if error.status == 404:
        return NotThere(address.kfp_endpoint, reason)
    if error.status == 409:
        return AlreadyThere(address.kfp_endpoint, reason)
    if FORBIDDEN.search(reason):
        return NotAllowed("Kubeflow Pipelines works for this command", reason)
    if error.status < 500:
        return RequestRefused(_shortened(reason), address.kfp_namespace)
    return PipelinesTrouble(error.status, _shortened(reason), address.kfp_namespace)


def reason_of(error: Any) -> str:
    """The server's own words in one line."""
    text = _text(error.body)
    try:
        said = json.loads(text)
    except ValueError:
        said = {}
    fields = said if isinstance(said, dict) else {}
    message = fields.get("message") or fields.get("error_message") or fields.get("error")
    return " ".join(str(message or error.reason or "no reason given").split()).rstrip(".")


def _missing_right(reason: str, method: str, url: str) -> KubeFault:
    found = ATTRIBUTES.search(reason)
    user = USER.search(reason)
    name = user[1] if user else ""
    if found is None:
        resource, verb = _asked_for(method, url)
        return RightMissing(name, verb, f"{resource}.pipelines.kubeflow.org", "")
    group = found["group"]
    return RightMissing(
        name, found["verb"], f"{found['resource']}.{group}" if group else found["resource"], found["namespace"]
    )


def _asked_for(method: str, url: str) -> tuple[str, str]:
    """The resource and the verb of a request: what its path and method come to in Kubernetes' access rules."""
    path = url.partition("?")[0].partition("/apis/")[2].split("/")[1:]
    resource, rest = (path[0] if path else "runs"), path[1:]
    action = rest[-1].partition(":")[2] if rest else ""
    verb = action or ("list" if method == "GET" and not rest else ACTIONS.get(method, method.lower()))
    return KINDS.get(resource, resource), verb


def _shortened(reason: str) -> str:
    """KFP prepends a clause for every layer that an error passed; the cause stands last."""
    while len(reason) > LONGEST_REASON and ": " in reason:
        reason = reason.partition(": ")[2]
    return reason[:LONGEST_REASON]


def _is_json(body: Any) -> bool:
    return _text(body).lstrip()[:1] in ("{", "[", "")


def _text(body: Any) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
