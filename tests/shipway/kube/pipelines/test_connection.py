"""Reaching Kubeflow Pipelines, or saying in one sentence why not, without a word or a file of its client's."""

import json
import socket
import threading

import pytest

from shipway.kube.faults import NotAllowed
from shipway.kube.pipelines import connection
from shipway.kube.pipelines.connection import NoEndpoint, UnreadableToken, connect
from shipway.kube.pipelines.faults import (
    LoginWanted,
    NotPipelines,
    PipelinesTrouble,
    PipelinesUnreachable,
    RequestRefused,
    RightMissing,
)
from shipway.kube.pipelines.runs import list_runs
from shipway.settings import ClusterAddress

FORBIDDEN = (
    "Failed to authorize with API: PermissionDenied: User 'alice@example.com' is not authorized with reason: (request: "
    "&ResourceAttributes{Namespace:team-a,Verb:list,Group:pipelines.kubeflow.org,Version:v1beta1,Resource:runs,"
    "Subresource:,Name:,}): Unauthorized access"
)


def test_nobody_has_said_which_one():
    with pytest.raises(NoEndpoint, match="set SHIPWAY_KFP"):
        connect(ClusterAddress())


def test_nobody_is_there():
    with pytest.raises(PipelinesUnreachable) as fault:
        connect(ClusterAddress(kfp_endpoint="http://localhost:1"))
    assert "http://localhost:1 (Connection refused)" in str(fault.value)
    assert "kubectl port-forward" in str(fault.value)


def test_an_unknown_host():
    with pytest.raises(PipelinesUnreachable, match=r"nowhere\.invalid"):
        connect(ClusterAddress(kfp_endpoint="http://nowhere.invalid:8888"))


def test_https_where_no_tls_is_spoken(pipelines):
    with pytest.raises(PipelinesUnreachable, match=r"it speaks no TLS: write http://"):
        connect(ClusterAddress(kfp_endpoint=pipelines.endpoint.replace("http://", "https://")))


def test_what_speaks_no_http():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            connection.recv(100)
            connection.sendall(b"\x00\x00\x18\x04 what is this\r\n\r\n")
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(NotPipelines, match="it speaks no HTTP"):
            connect(ClusterAddress(kfp_endpoint=f"http://127.0.0.1:{server.getsockname()[1]}"))


def test_a_server_that_says_nothing_in_time(pipelines, monkeypatch):
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.1)
    pipelines.delay_seconds = 0.5
    with pytest.raises(PipelinesUnreachable, match="Read timed out"):
        connect(ClusterAddress(kfp_endpoint=pipelines.endpoint))


@pytest.mark.parametrize(
    ("status", "kind", "body", "what"),
    [
        (200, "text/html", "<html>Sign in</html>", "it answers with text/html"),
        (404, "text/html", "<html>no</html>", "404 Not Found"),
        (404, "application/json", '{"message": "page not found"}', "404 Not Found"),
        (502, "text/html", "<h1>Bad Gateway</h1>", "502 Bad Gateway"),
        (403, "application/xml", "<Error><Code>AccessDenied</Code></Error>", "403 Forbidden"),
        (200, "application/json", '{"kind": "Status", "status": "Failure"}', "it is Kubernetes' own"),
        (200, "text/plain", "hello", "it answers with text/plain"),
    ],
)
def test_something_else_is_there(pipelines, address, status, kind, body, what):
    pipelines.answer_badly(status, body, kind)
    with pytest.raises(NotPipelines) as fault:
        connect(address)
    assert what in str(fault.value)
    assert "SHIPWAY_KFP_TOKEN_FILE" in str(fault.value)


def test_a_token_is_wanted(pipelines, address):
    pipelines.token = "the-right-one"
    with pytest.raises(LoginWanted, match="wants a token"):
        connect(address)


def test_a_token_that_has_expired_is_not_shown(pipelines, tmp_path):
    file = tmp_path / "token"
    file.write_text("an-old-one")
    pipelines.token = "the-right-one"
    with pytest.raises(LoginWanted, match="it has expired") as fault:
        connect(ClusterAddress(pipelines.endpoint, kfp_token_file=file))
    assert str(file) in str(fault.value)
    assert "an-old-one" not in str(fault.value)


def test_the_token_is_read_again_for_every_request(pipelines, tmp_path):
    file = tmp_path / "token"
    file.write_text("first\n")
    pipelines.token = "first"
    api = connect(ClusterAddress(pipelines.endpoint, kfp_token_file=file))
    file.write_text("second\n")
    pipelines.token = "second"
    assert list_runs(api) == []
    assert pipelines.tokens_seen == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize("content", ["", "two words", "caf\u00e9"])
def test_a_file_without_a_token(pipelines, tmp_path, content):
    file = tmp_path / "token"
    file.write_text(content)
    with pytest.raises(UnreadableToken, match="write one"):
        connect(ClusterAddress(pipelines.endpoint, kfp_token_file=file))


def test_a_right_that_is_missing(pipelines, api):
    pipelines.answer_badly(403, json.dumps({"code": 7, "message": FORBIDDEN}))
    with pytest.raises(RightMissing) as fault:
        list_runs(api)
    assert "'alice@example.com' lacks the verb 'list' on 'runs.pipelines.kubeflow.org' in namespace 'team-a'" in str(
        fault.value
    )
    assert "kubectl auth can-i list runs.pipelines.kubeflow.org -n team-a --as=alice@example.com" in str(fault.value)


def test_a_proxy_that_says_no_names_what_was_asked(pipelines, api):
    pipelines.answer_badly(403, "RBAC: access denied", "text/plain")
    with pytest.raises(RightMissing, match=r"lacks the verb 'list' on 'runs\.pipelines"):
        list_runs(api)


def test_the_servers_own_missing_right(pipelines, api):
    message = (
        'workflows.argoproj.io is forbidden: User "system:serviceaccount:kubeflow:ml-pipeline" cannot create resource '
        '"workflows" in API group "argoproj.io" in the namespace "kubeflow"'
    )
    pipelines.answer_badly(500, json.dumps({"message": message}))
    with pytest.raises(NotAllowed, match=r"lacks the verb 'create' on 'workflows\.argoproj\.io'"):
        list_runs(api)


def test_a_server_that_fails(pipelines, api):
    pipelines.answer_badly(500, '{"code": 13, "message": "InternalServerError: database is locked"}')
    with pytest.raises(PipelinesTrouble, match=r"500: .*: database is locked.*kubectl logs -n kubeflow"):
        list_runs(api)


def test_a_request_that_is_refused(pipelines, api):
    pipelines.answer_badly(400, '{"error_message": "Invalid input error: page token", "error_details": "x"}')
    with pytest.raises(RequestRefused, match="page token"):
        list_runs(api)


def test_where_several_users_share_it_everything_is_in_a_namespace(pipelines):
    pipelines.multi_user = True
    api = connect(ClusterAddress(pipelines.endpoint, kfp_namespace="team-a"))
    assert api.namespace == "team-a"
    assert list_runs(api) == []


def test_the_client_writes_and_prints_nothing(api, capfd, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    list_runs(api)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
