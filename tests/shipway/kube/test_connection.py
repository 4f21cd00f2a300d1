"""Which cluster is connected to, and what is said when none is known."""

import json
import socket
import threading
import time

import pytest

from shipway.kube import connection
from shipway.kube.connection import NoCluster, UnknownContext, connect, own_namespace
from shipway.kube.faults import ClusterUnreachable, kube_faults
from shipway.settings import ClusterAddress


@pytest.fixture
def kubeconfig(tmp_path, monkeypatch):
    """A kubeconfig with the contexts `a` and `b`; the function sets the server of both."""
    path = tmp_path / "config"
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(path))
    monkeypatch.setattr(connection, "SERVICE_ACCOUNT", tmp_path / "none")

    def write(server):
        contexts = [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in ("a", "b")]
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "a",
                    "contexts": contexts,
                    "clusters": [{"name": "c", "cluster": {"server": server}}],
                    "users": [{"name": "u", "user": {"token": "secret"}}],
                }
            )
        )

    return write


def test_without_a_kubeconfig_the_way_out_is_told(kubeconfig):
    with pytest.raises(NoCluster, match="Set KUBECONFIG"):
        connect()


def test_an_unknown_context_is_told_with_those_there(kubeconfig):
    kubeconfig("http://127.0.0.1:1")
    with pytest.raises(UnknownContext, match="'c', which the kubeconfig does not know: it has a, b"):
        connect(ClusterAddress(kube_context="c"))


def test_the_context_that_is_named_is_taken(kubeconfig):
    kubeconfig("http://127.0.0.1:1")
    assert connect(ClusterAddress(kube_context="b")).configuration.host == "http://127.0.0.1:1"


def test_a_server_that_never_answers_is_given_up(kubeconfig, monkeypatch):
    from kubernetes import client

    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=_accept_all, args=(silent,), daemon=True).start()
        kubeconfig(f"http://127.0.0.1:{silent.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(ClusterUnreachable), kube_faults("listing pods"):
            client.CoreV1Api(connect()).list_namespaced_pod("x")
        assert time.monotonic() - started < 30


def test_in_a_pod_its_own_namespace_is_known(tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "SERVICE_ACCOUNT", tmp_path)
    assert own_namespace() is None
    (tmp_path / "namespace").write_text("team-a\n")
    assert own_namespace() == "team-a"


def _accept_all(listening):
    held = []
    while True:
        try:
            held.append(listening.accept())
        except OSError:
            return
