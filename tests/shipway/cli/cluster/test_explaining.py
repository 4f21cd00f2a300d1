"""What Kubernetes knows of a step's pods is told, and preferred to a log that says nothing of it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml


@pytest.fixture
def pods(pipelines, tmp_path, monkeypatch):
    """The pods of a cluster, by what its API server lists; `call` sees it after this fixture."""
    listed = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path, _, query = self.path.partition("?")
            asked = path == "/api/v1/namespaces/kubeflow/pods" and "pipeline%2Frunid" in query
            body = json.dumps({"kind": "PodList", "items": listed} if asked else {"kind": "Status"}).encode()
            self.send_response(200 if asked else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    kubeconfig = tmp_path / "kubeconfig"
    cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    kubeconfig.write_text(yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [cluster], "contexts": [context],
        "users": [{"name": "u", "user": {}}],
    }))  # fmt: skip
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    yield listed
    server.shutdown()
    server.server_close()


def pod_of(pipelines, run, node, **status):
    digest = pipelines.node_id(run, node).removeprefix("wf-")
    return {
        "metadata": {"name": f"wf-system-container-impl-{digest}", "namespace": "kubeflow"},
        "spec": {"containers": [{"name": "main", "image": "x/y:1", "resources": {"limits": {"memory": "1Gi"}}}]},
        "status": status,
    }


def test_a_step_that_was_killed_for_memory(call, pipelines, a_run, pods):
    pipelines.logs.clear()
    killed = {"name": "main", "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}
    pods.append(pod_of(pipelines, a_run, "root.trainer.executor", phase="Failed", containerStatuses=[killed]))
    shown = call("runs", "show", a_run, "--cluster").out
    assert "trainer failed: Step 'trainer'" in shown
    assert "1Gi" in shown
    assert "'trainer' in cluster.yaml" in shown


def test_of_a_plain_exit_the_log_says_more(call, pipelines, a_run, pods):
    ended = {"name": "main", "state": {"terminated": {"reason": "Error", "exitCode": 1}}}
    pods.append(pod_of(pipelines, a_run, "root.trainer.executor", phase="Failed", containerStatuses=[ended]))
    assert "trainer failed: No column 'fare'.\n" in call("runs", "show", a_run, "--cluster").out
    pipelines.logs.clear()
    assert "trainer failed: Step 'trainer' failed: container 'main'" in call("runs", "show", a_run, "--cluster").out


def test_a_step_whose_image_cannot_be_pulled_waits_for_it(call, pipelines, a_run, pods):
    pipelines.runs[a_run]["state"] = "RUNNING"
    message = "ImagePullBackOff: Back-off pulling image"
    pipelines.add_workflow(a_run, *pipelines.steps("root.trainer", "Pending", message=message))
    waiting = {"name": "main", "image": "x/y:1", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no"}}}
    pods.append(pod_of(pipelines, a_run, "root.trainer.executor", phase="Pending", containerStatuses=[waiting]))
    shown = call("runs", "show", a_run, "--cluster").out
    assert "trainer  pending" in shown
    assert "Step 'trainer' waits for its image: 'x/y:1'" in shown
