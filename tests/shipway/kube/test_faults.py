"""What the Kubernetes client raises becomes one sentence that says what to do."""

import json

import pytest
import urllib3
from kubernetes.client.exceptions import ApiException

from shipway.kube.faults import (
    ClusterUnreachable,
    KubeFault,
    NoSuchObject,
    NotAllowed,
    NotLoggedIn,
    Refused,
    ServerTrouble,
    kube_faults,
)


def answer(status: int, message: str) -> ApiException:
    error = ApiException(status=status, reason="Reason")
    error.body = json.dumps({"kind": "Status", "message": message, "code": status})
    return error


def raised(error: Exception) -> KubeFault:
    with pytest.raises(KubeFault) as caught, kube_faults("listing pods of 'a'"):
        raise error
    return caught.value


def test_a_missing_right_names_verb_resource_and_the_command_that_checks_it():
    said = (
        'pods is forbidden: User "system:serviceaccount:kubeflow:pipeline-runner" cannot list resource "pods" in API '
        'group "" in the namespace "team-a"'
    )
    fault = raised(answer(403, said))
    assert type(fault) is NotAllowed
    assert "lacks the verb 'list' on 'pods' in namespace 'team-a'" in str(fault)
    assert "kubectl auth can-i list pods -n team-a --as=system:serviceaccount:kubeflow:pipeline-runner" in str(fault)


def test_a_missing_right_in_an_api_group_and_the_whole_cluster():
    said = 'x is forbidden: User "a" cannot create resource "inferenceservices" in API group "serving.kserve.io"'
    sentence = str(raised(answer(403, said)))
    assert "'inferenceservices.serving.kserve.io' in the whole cluster" in sentence


def test_an_admission_that_says_no_is_no_missing_right():
    fault = raised(answer(403, 'pods "x" is forbidden: exceeded quota: compute, requested: cpu=2'))
    assert type(fault) is Refused
    assert "exceeded quota" in str(fault)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, NotLoggedIn),
        (404, NoSuchObject),
        (409, Refused),
        (422, Refused),
        (500, ServerTrouble),
        (503, ServerTrouble),
    ],
)
def test_each_status_has_its_fault(status, kind):
    fault = raised(answer(status, "something.\n happened."))
    assert type(fault) is kind
    assert "listing pods of 'a'" in str(fault)


def test_an_answer_that_is_no_status_object_is_quoted():
    error = ApiException(status=502, reason="Bad Gateway")
    error.body = "<html>bad   gateway</html>"
    assert "<html>bad gateway</html>" in str(raised(error))


@pytest.mark.parametrize("error", [ConnectionRefusedError("refused"), TimeoutError("late")])
def test_a_cluster_that_is_away(error):
    assert type(raised(error)) is ClusterUnreachable


def test_the_innermost_reason_is_told():
    inner = urllib3.exceptions.NewConnectionError(None, "Connection refused")
    outer = urllib3.exceptions.MaxRetryError(None, "/api/v1/pods?limit=500&token=abc", inner)
    sentence = str(raised(outer))
    assert "Connection refused" in sentence
    assert "abc" not in sentence


def test_a_defect_keeps_its_own_type():
    with pytest.raises(KeyError), kube_faults("anything"):
        raise KeyError("x")
