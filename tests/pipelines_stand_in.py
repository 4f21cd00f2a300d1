"""Kubeflow Pipelines' API over HTTP, as version 2.15 answers it, with its state in memory.

It keeps names single where the real one does, pages its lists, filters them, and can be told to answer badly.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

NOT_FOUND, ALREADY_EXISTS, INVALID = 5, 6, 3
CODES = {404: NOT_FOUND, 409: ALREADY_EXISTS, 400: INVALID}
Answer = tuple[int, Any]


class Refused(Exception):
    """An answer of another status than 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class PipelinesStandIn:
    """`endpoint` is where it listens. What it holds are the API's own objects, by id."""

    def __init__(self) -> None:
        self.multi_user = False
        self.token = ""
        self.bad_answer: tuple[int, str, bytes] | None = None
        self.bad_paths = ""
        self.delay_seconds = 0.0
        self.requests: list[tuple[str, str]] = []
        self.tokens_seen: list[str] = []
        self.pipelines: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, dict[str, Any]] = {}
        self.experiments: dict[str, dict[str, Any]] = {}
        self.runs: dict[str, dict[str, Any]] = {}
        self.schedules: dict[str, dict[str, Any]] = {}
        self.workflows: dict[str, dict[str, Any]] = {}
        self.logs: dict[tuple[str, str], bytes] = {}
        self.before_creating: Callable[[str], None] = lambda kind: None
        """Called before a pipeline, version or schedule is made: another process may be quicker."""
        self._lock = threading.RLock()
        self._clock = 1_790_000_000
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer_badly(self, status: int, body: str, kind: str = "application/json", paths: str = "") -> None:
        """Answer so from now on, to all paths that `paths` is found in."""
        self.bad_answer, self.bad_paths = (status, kind, body.encode()), paths

    def now(self) -> str:
        self._clock += 1
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock))

    def add_run(self, run_id: str, name: str, state: str, *, pipeline: str = "", **more: Any) -> dict[str, Any]:
        """A run that is there already; `pipeline` is the name of one that is made for it."""
        pipeline_id = f"id-of-{pipeline}" if pipeline else ""
        if pipeline:
            self.pipelines[pipeline_id] = {"pipeline_id": pipeline_id, "display_name": pipeline}
        run = {
            "run_id": run_id,
            "display_name": name,
            "state": state,
            "storage_state": "AVAILABLE",
            "created_at": self.now(),
            "scheduled_at": self.now(),
            "finished_at": self.now() if state in ("SUCCEEDED", "FAILED") else "1970-01-01T00:00:00Z",
            "state_history": [{"state": "PENDING"}, {"state": state}],
            "pipeline_version_reference": {"pipeline_id": pipeline_id, "pipeline_version_id": "a-version"},
            "runtime_config": {"parameters": {"rows": 5}},
            **more,
        }
        self.runs[run_id] = run
        return run

    def add_workflow(self, run_id: str, *nodes: dict[str, Any], name: str = "wf") -> None:
        """What the run has gone through; a node's `name` is given without the workflow's own."""
        full = {}
        for node in nodes:
            path = f"{name}.{node['name']}"
            node_id = f"{name}-{sum(path.encode()) * 7919}"
            full[node_id] = {"id": node_id, **node, "name": path}
        self.workflows[run_id] = {"metadata": {"name": name, "namespace": "kubeflow"}, "status": {"nodes": full}}

    def steps(
        self, path: str, phase: str = "Succeeded", start: int = 10, cached: str = "false", message: str = ""
    ) -> list[dict[str, Any]]:
        """The nodes of one task: its driver, what holds its attempts, and unless it was cached the pod of one."""
        minute = "2026-11-22T04:00:{:02}Z".format
        driver = {
            "name": f"{path}-driver", "templateName": "system-container-driver", "type": "Pod", "phase": "Succeeded",
            "startedAt": minute(start - 2), "outputs": {"parameters": [{"name": "cached-decision", "value": cached}]},
        }  # fmt: skip
        holder = {"name": path, "templateName": "system-container-executor", "type": "DAG", "phase": phase}
        pod = {
            "name": f"{path}.executor", "templateName": "system-container-impl", "type": "Pod", "phase": phase,
            "startedAt": minute(start), "message": message,
            "finishedAt": None if phase == "Running" else minute(start + 4),
        }  # fmt: skip
        return [driver, holder] if cached == "true" else [driver, holder, pod]

    def node_id(self, run_id: str, name: str) -> str:
        nodes = self.workflows[run_id]["status"]["nodes"]
        return next(one["id"] for one in nodes.values() if one["name"] == f"wf.{name}")

    # what the routes do

    def healthz(self, _: _Request) -> Any:
        return {"multi_user": self.multi_user}

    def list_pipelines(self, request: _Request) -> Any:
        return request.page("pipelines", self._in_namespace(request, self.pipelines))

    def create_pipeline(self, request: _Request) -> Any:
        body = request.json
        self._refuse_taken(self.pipelines, body["display_name"], namespace=body.get("namespace"))
        return self._keep(self.pipelines, "pipeline_id", {**body, "created_at": self.now()})

    def get_pipeline(self, request: _Request, pipeline_id: str) -> Any:
        return self._known(self.pipelines, pipeline_id, "Pipeline")

    def list_versions(self, request: _Request, pipeline_id: str) -> Any:
        own = [one for one in self.versions.values() if one["pipeline_id"] == pipeline_id]
        return request.page("pipeline_versions", own)

    def get_version(self, request: _Request, pipeline_id: str, version_id: str) -> Any:
        return self._known(self.versions, version_id, "PipelineVersion")

    def upload_version(self, request: _Request) -> Any:
        name, pipeline_id = request.query["name"], request.query["pipelineid"]
        self._known(self.pipelines, pipeline_id, "Pipeline")
        documents = list(yaml.safe_load_all(request.uploaded))
        if "pipelineInfo" not in documents[0]:
            raise Refused(500, "Failed to create a pipeline version")
        spec = documents[0] if len(documents) == 1 else dict(
            zip(("pipeline_spec", "platform_spec"), documents, strict=True)
        )  # fmt: skip
        own = {key: one for key, one in self.versions.items() if one["pipeline_id"] == pipeline_id}
        self._refuse_taken(own, name)
        kept = {"pipeline_id": pipeline_id, "display_name": name, "pipeline_spec": spec, "created_at": self.now()}
        kept["description"] = request.query.get("description", "")
        return self._keep(self.versions, "pipeline_version_id", kept)

    def list_experiments(self, request: _Request) -> Any:
        return request.page("experiments", self._in_namespace(request, self.experiments))

    def create_experiment(self, request: _Request) -> Any:
        self._refuse_taken(self.experiments, request.json["display_name"])
        return self._keep(self.experiments, "experiment_id", request.json)

    def list_runs(self, request: _Request) -> Any:
        return request.page("runs", list(self.runs.values()))

    def create_run(self, request: _Request) -> Any:
        body = request.json
        self._known(self.versions, body["pipeline_version_reference"]["pipeline_version_id"], "PipelineVersion")
        self._known(self.experiments, body["experiment_id"], "Experiment")
        born = {"state": "PENDING", "storage_state": "AVAILABLE", "created_at": self.now(), "state_history": []}
        return self._keep(self.runs, "run_id", {**body, **born})

    def get_run(self, request: _Request, run_id: str) -> Any:
        return self._known(self.runs, run_id, "Run")

    def retry_run(self, request: _Request, run_id: str) -> Any:
        run = self._known(self.runs, run_id, "Run")
        run.update(state="RUNNING", finished_at="1970-01-01T00:00:00Z")
        run["state_history"].append({"state": "RUNNING"})
        return {}

    def terminate_run(self, request: _Request, run_id: str) -> Any:
        run = self._known(self.runs, run_id, "Run")
        run["state_history"] += [{"state": "CANCELING"}, {"state": "FAILED"}]
        run.update(state="FAILED", finished_at=self.now())
        return {}

    def read_log(self, request: _Request, run_id: str, node_id: str, artifact: str) -> Any:
        log = self.logs.get((run_id, node_id))
        if log is None or artifact != "main-logs":
            raise Refused(404, "artifact not found: <nil>")
        return {"data": base64.b64encode(log).decode()}

    def get_workflow(self, request: _Request, run_id: str) -> Any:
        self._known(self.runs, run_id, "Run")
        workflow = self.workflows.get(run_id)
        runtime = {"workflow_manifest": json.dumps(workflow)} if workflow else {}
        return {"run": {"id": run_id}, "pipeline_runtime": runtime}

    def list_schedules(self, request: _Request) -> Any:
        return request.page("recurringRuns", self._in_namespace(request, self.schedules))

    def create_schedule(self, request: _Request) -> Any:
        body = {**request.json, "created_at": self.now(), "status": "ENABLED"}
        for timing in body["trigger"].values():
            timing.setdefault("start_time", "1970-01-01T00:00:00Z")
        if body.get("mode") == "DISABLE":
            body["status"] = "DISABLED"
        return self._keep(self.schedules, "recurring_run_id", body)

    def enable_schedule(self, request: _Request, schedule_id: str) -> Any:
        self._known(self.schedules, schedule_id, "Job").update(status="ENABLED", mode="ENABLE")
        return {}

    def disable_schedule(self, request: _Request, schedule_id: str) -> Any:
        self._known(self.schedules, schedule_id, "Job").update(status="DISABLED", mode="DISABLE")
        return {}

    def delete_schedule(self, request: _Request, schedule_id: str) -> Any:
        self._known(self.schedules, schedule_id, "Job")
        del self.schedules[schedule_id]
        return {}

    def _in_namespace(self, request: _Request, kept: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        wanted = request.query.get("namespace")
        if self.multi_user and not wanted:
            raise Refused(400, "Invalid input error: Namespace cannot be empty in multi-user mode")
        return [one for one in kept.values() if not wanted or one.get("namespace") == wanted]

    def _known(self, kept: dict[str, dict[str, Any]], key: str, kind: str) -> dict[str, Any]:
        if key not in kept:
            raise Refused(404, f"Failed to get it: ResourceNotFoundError: {kind} {key} not found")
        return kept[key]

    def _refuse_taken(self, kept: dict[str, dict[str, Any]], name: str, **more: Any) -> None:
        same = {"display_name": name, **{key: value for key, value in more.items() if value}}
        if any(all(one.get(key) == value for key, value in same.items()) for one in kept.values()):
            raise Refused(409, f"Already exist error: the name {name} already exists")

    def _keep(self, kept: dict[str, dict[str, Any]], id_field: str, body: dict[str, Any]) -> dict[str, Any]:
        key = str(uuid.uuid4())
        kept[key] = {**body, id_field: key}
        return kept[key]


class _Request:
    """One request, read."""

    def __init__(self, target: str, headers: Message, body: bytes) -> None:
        parts = urlsplit(target)
        self.path = parts.path
        self.query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self._headers, self._body = headers, body

    @property
    def json(self) -> Any:
        return json.loads(self._body)

    @property
    def uploaded(self) -> bytes:
        head = f"Content-Type: {self._headers['Content-Type']}\r\n\r\n".encode()
        (part,) = BytesParser().parsebytes(head + self._body).get_payload()
        return part.get_payload(decode=True)

    def page(self, field: str, found: list[dict[str, Any]]) -> dict[str, Any]:
        wanted = json.loads(self.query.get("filter") or "{}").get("predicates", [])
        for one in wanted:
            found = [item for item in found if str(item.get(one["key"], "")) == one["string_value"]]
        if self.query.get("sort_by") == "created_at desc":
            found = sorted(found, key=lambda one: one["created_at"], reverse=True)
        first, size = int(self.query.get("page_token") or 0), int(self.query.get("page_size") or 10)
        more = str(first + size) if first + size < len(found) else ""
        return {field: found[first : first + size], "next_page_token": more, "total_size": len(found)}


ID = "([^/:]+)"
ROUTES = [
    ("GET", "/apis/v2beta1/healthz", "healthz"),
    ("GET", "/apis/v2beta1/pipelines", "list_pipelines"),
    ("POST", "/apis/v2beta1/pipelines", "create_pipeline"),
    ("POST", "/apis/v2beta1/pipelines/upload_version", "upload_version"),
    ("GET", f"/apis/v2beta1/pipelines/{ID}", "get_pipeline"),
    ("GET", f"/apis/v2beta1/pipelines/{ID}/versions", "list_versions"),
    ("GET", f"/apis/v2beta1/pipelines/{ID}/versions/{ID}", "get_version"),
    ("GET", "/apis/v2beta1/experiments", "list_experiments"),
    ("POST", "/apis/v2beta1/experiments", "create_experiment"),
    ("GET", "/apis/v2beta1/runs", "list_runs"),
    ("POST", "/apis/v2beta1/runs", "create_run"),
    ("GET", f"/apis/v2beta1/runs/{ID}", "get_run"),
    ("POST", f"/apis/v2beta1/runs/{ID}:retry", "retry_run"),
    ("POST", f"/apis/v2beta1/runs/{ID}:terminate", "terminate_run"),
    ("GET", f"/apis/v2beta1/runs/{ID}/nodes/{ID}/artifacts/{ID}:read", "read_log"),
    ("GET", f"/apis/v1beta1/runs/{ID}", "get_workflow"),
    ("GET", "/apis/v2beta1/recurringruns", "list_schedules"),
    ("POST", "/apis/v2beta1/recurringruns", "create_schedule"),
    ("POST", f"/apis/v2beta1/recurringruns/{ID}:enable", "enable_schedule"),
    ("POST", f"/apis/v2beta1/recurringruns/{ID}:disable", "disable_schedule"),
    ("DELETE", f"/apis/v2beta1/recurringruns/{ID}", "delete_schedule"),
]

CREATE = {
    ("POST", "/apis/v2beta1/pipelines"): "pipeline",
    ("POST", "/apis/v2beta1/pipelines/upload_version"): "version",
    ("POST", "/apis/v2beta1/recurringruns"): "schedule",
}


def _handler(server: PipelinesStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            time.sleep(server.delay_seconds)
            status, kind, answer = self._answer(body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_DELETE = do_GET

        def _answer(self, body: bytes) -> tuple[int, str, bytes]:
            request = _Request(self.path, self.headers, body)
            server.requests.append((self.command, request.path))
            server.tokens_seen.append(self.headers.get("Authorization", ""))
            if server.bad_answer and server.bad_paths in request.path:
                return server.bad_answer
            if server.token and self.headers.get("Authorization") != f"Bearer {server.token}":
                return 401, "application/json", b'{"error": "Unauthenticated", "code": 16, "message": "no identity"}'
            status, value = self._routed(request)
            return status, "application/json", json.dumps(value).encode()

        def _routed(self, request: _Request) -> Answer:
            for method, pattern, action in ROUTES:
                found = re.fullmatch(pattern, request.path)
                if method == self.command and found:
                    if (method, pattern) in CREATE:
                        server.before_creating(CREATE[method, pattern])
                    try:
                        with server._lock:
                            return 200, getattr(server, action)(request, *found.groups())
                    except Refused as refusal:
                        code = CODES.get(refusal.status, 13)
                        return refusal.status, {"error": refusal.message, "code": code, "message": refusal.message}
            return 404, {"code": NOT_FOUND, "message": "Not Found"}

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
