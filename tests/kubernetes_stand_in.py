"""An API server in this process, as far as lists and watches go: over real HTTP, with versions that it may forget."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PODS = "/api/v1/namespaces/{}/pods"
EVENTS = "/api/v1/namespaces/{}/events"
WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/{}/workflows"


class KubernetesStandIn:
    """Collections by their path. `put` and `delete` are seen by whoever watches."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._version = 10
        self._forgotten = 0
        self._objects: dict[str, dict[str, dict[str, Any]]] = {}
        self._changes: list[tuple[int, str, str, dict[str, Any]]] = []
        self._refusals: list[tuple[int, str]] = []
        self._breaks = 0
        self.is_closed = False
        self._news = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self.is_closed = True
        self.break_watches()
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, content: dict[str, Any]) -> None:
        with self._news:
            name = content["metadata"]["name"]
            known = self._objects.setdefault(path, {})
            self._change(path, "MODIFIED" if name in known else "ADDED", content)
            known[name] = content

    def delete(self, path: str, name: str) -> None:
        with self._news:
            self._change(path, "DELETED", self._objects[path].pop(name))

    def forget_silently(self, path: str, name: str) -> None:
        """An object goes while nobody is told of it, as where a watch was broken."""
        with self._news:
            self._version += 1
            del self._objects[path][name]

    def forget_versions(self) -> None:
        """From now on no watch may go on from a version of before."""
        with self._news:
            self._version += 1
            self._forgotten = self._version
            self._breaks += 1
            self._news.notify_all()

    def break_watches(self) -> None:
        """Cut every connection on which somebody watches."""
        with self._news:
            self._breaks += 1
            self._news.notify_all()

    def refuse(self, status: int, message: str, times: int = 1) -> None:
        """Answer the next requests with a failure."""
        self._refusals += [(status, message)] * times

    def _change(self, path: str, kind: str, content: dict[str, Any]) -> None:
        self._version += 1
        content["metadata"]["resourceVersion"] = str(self._version)
        self._changes.append((self._version, path, kind, json.loads(json.dumps(content))))
        self._news.notify_all()

    def refusal(self) -> tuple[int, str] | None:
        return self._refusals.pop(0) if self._refusals else None

    def page(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """A page of a list; where it goes on is told as the number of those before."""
        with self._news:
            found = [one for _, one in sorted(self._objects.get(path, {}).items()) if _selected(one, query)]
            begin, limit = int(query.get("continue") or 0), int(query.get("limit") or 500)
            metadata = {"resourceVersion": str(self._version)}
            if begin + limit < len(found):
                metadata["continue"] = str(begin + limit)
            return {"items": found[begin : begin + limit], "metadata": metadata}

    def events(self, path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        """What changes after a version, until the watch is broken or forgotten."""
        version = int(query["resourceVersion"])
        with self._news:
            breaks = self._breaks
            if version < self._forgotten:
                yield {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}
                return
            while self._breaks == breaks and not self.is_closed:
                fresh = [one for one in self._changes if one[0] > version and one[1] == path]
                version = fresh[-1][0] if fresh else version
                for _, _, kind, content in fresh:
                    if _selected(content, query):
                        yield {"type": kind, "object": content}
                if not fresh:
                    yield {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(version)}}}
                    self._news.wait(5.0)


def _selected(content: dict[str, Any], query: dict[str, str]) -> bool:
    wanted = query.get("labelSelector", "")
    involved = dict(part.split("=", 1) for part in query.get("fieldSelector", "").split(",") if "=" in part)
    uid = involved.get("involvedObject.uid")
    if uid and content.get("involvedObject", {}).get("uid") != uid:
        return False
    return not wanted or wanted in content["metadata"].get("labels", {})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: KubernetesStandIn

    def do_GET(self) -> None:
        if self.api.is_closed:
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.api.asked.append((parts.path, query))
        if refusal := self.api.refusal():
            self._answer(refusal[0], {"kind": "Status", "message": refusal[1], "code": refusal[0]})
        elif query.get("watch"):
            self._stream(self.api.events(parts.path, query))
        else:
            self._answer(200, self.api.page(parts.path, query))

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, events: Iterator[dict[str, Any]]) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        try:
            for event in events:
                line = json.dumps(event).encode() + b"\n"
                self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""
