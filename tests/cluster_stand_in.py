"""A cluster's API in this process that keeps whatever objects it is given: the edge of the network in tests.

It lists by namespace and label, numbers versions and generations, refuses as the API server does (`forbid`, `without`,
a namespace that is not there, a resourceVersion that has passed), and hands requests to a Service's proxy to
`services`. What controllers would do is in `controllers`, called after each write. Nobody can watch here.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class ClusterStandIn:
    """Objects by (resource, namespace, name); what is set here changes how requests are answered from then on."""

    def __init__(self, *namespaces):
        self.objects = {}
        self.namespaces = {*namespaces}
        self.requests = []
        self.controllers = []
        """Called as `controller(stand_in, verb, resource, object)`."""
        self.services = {}
        """`(namespace, name)` of a Service to a function `(method, path, body) -> (status, object)`."""
        self.denied = set()
        self.missing_groups = set()
        self.lock = threading.RLock()
        self._version = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def kubeconfig(self, path):
        """Write a kubeconfig for it."""
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "somebody"}}],
            "clusters": [{"name": "here", "cluster": {"server": self.endpoint}}],
            "users": [{"name": "somebody", "user": {"token": "a-token"}}],
        }
        path.write_text(json.dumps(content))

    def forbid(self, verb, resource):
        """Deny a verb on a resource, as RBAC does."""
        self.denied.add((verb, resource))

    def without(self, group):
        """As if nobody had installed an API group."""
        self.missing_groups.add(group)

    def put(self, resource, thing):
        """Store an object as it is, as a controller does."""
        with self.lock:
            self._version += 1
            thing["metadata"]["resourceVersion"] = str(self._version)
            self.objects[_key(resource, thing)] = thing
        return thing

    def find(self, resource, namespace, name):
        return self.objects.get((resource, namespace, name))

    def all(self, resource, namespace=""):
        with self.lock:
            return [
                one for (kind, where, _), one in self.objects.items() if kind == resource and namespace in ("", where)
            ]

    def remove(self, resource, namespace, name):
        with self.lock:
            return self.objects.pop((resource, namespace, name), None)


class Refusal(Exception):
    """An answer that is a Status object."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def _key(resource, thing):
    return resource, thing["metadata"].get("namespace", ""), thing["metadata"]["name"]


def merge(target, patch):
    """A JSON merge patch (RFC 7386)."""
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            merged[name] = merge(merged[name] if isinstance(merged.get(name), dict) else {}, value)
        else:
            merged[name] = value
    return merged


def _handler(stand_in):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                status, answer = _answer(stand_in, self.command, self.path, body)
            except Refusal as refusal:
                status, answer = refusal.status, {"kind": "Status", "message": str(refusal), "code": refusal.status}
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

        def log_message(self, *_):
            pass

    return Handler


def _answer(stand_in, method, url, body):
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    group, namespace, resource, name, rest = _places(parts.path)
    stand_in.requests.append((method, parts.path))
    if group in stand_in.missing_groups:
        return 404, b"404 page not found\n"
    if resource == "services" and rest[:1] == ["proxy"]:
        return _proxied(stand_in, method, namespace, name, "/" + "/".join(rest[1:]), body)
    verb = _verb(method, name)
    if (verb, resource) in stand_in.denied:
        within = f' in the namespace "{namespace}"' if namespace else ""
        said = f'User "somebody" cannot {verb} resource "{resource}" in API group "{group}"{within}'
        raise Refusal(403, f"{resource} is forbidden: {said}")
    with stand_in.lock:
        thing = json.loads(body) if body and method != "DELETE" else None
        answer, written = _served(stand_in, verb, resource, namespace, name, query, thing, group)
        if written is not None:
            for controller in stand_in.controllers:
                controller(stand_in, verb, resource, written)
        return (201 if verb == "create" else 200), answer


def _places(path):
    words = [word for word in path.split("/") if word]
    group, words = ("", words[2:]) if words[0] == "api" else (words[1], words[3:])
    namespace = ""
    if words[0] == "namespaces" and len(words) > 2:
        namespace, words = words[1], words[2:]
    return group, namespace, words[0], words[1] if len(words) > 1 else "", words[2:]


def _verb(method, name):
    if method == "GET":
        return "get" if name else "list"
    return {"POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}[method]


def _served(stand_in, verb, resource, namespace, name, query, thing, group):
    """The answer, and the object that was written."""
    if verb == "list":
        listed = [one for one in stand_in.all(resource, namespace) if _matches(one, query.get("labelSelector", ""))]
        return {"kind": "List", "items": listed}, None
    if verb == "create":
        if namespace and namespace not in stand_in.namespaces:
            raise Refusal(404, f'namespaces "{namespace}" not found')
        if _key(resource, thing) in stand_in.objects:
            raise Refusal(409, f'{resource}.{group} "{thing["metadata"]["name"]}" already exists')
        thing["metadata"]["generation"] = 1
        return (made := stand_in.put(resource, thing)), made
    there = stand_in.find(resource, namespace, name)
    if there is None:
        raise Refusal(404, f'{resource}{"." + group if group else ""} "{name}" not found')
    if verb == "get":
        return there, None
    if verb == "delete":
        return {"kind": "Status"}, stand_in.remove(resource, namespace, name)
    wanted = thing.get("metadata", {}).get("resourceVersion")
    if wanted and wanted != there["metadata"]["resourceVersion"]:
        raise Refusal(409, f'Operation cannot be fulfilled on "{name}": the object has been modified')
    changed = merge(there, thing) if verb == "patch" else thing
    has_new_spec = changed.get("spec") != there.get("spec")
    changed["metadata"]["generation"] = there["metadata"].get("generation", 1) + has_new_spec
    return (made := stand_in.put(resource, changed)), made


def _matches(thing, selector):
    labels = thing["metadata"].get("labels") or {}
    for term in filter(None, selector.split(",")):
        name, equals, value = term.partition("=")
        if name not in labels or (equals and labels[name] != value):
            return False
    return True


def _proxied(stand_in, method, namespace, name, path, body):
    service = name.split(":")[1] if ":" in name else name
    verb = "get" if method == "GET" else "create"
    if (verb, "services/proxy") in stand_in.denied:
        said = f'User "somebody" cannot {verb} resource "services/proxy" in API group "" in the namespace "{namespace}"'
        raise Refusal(403, f"services is forbidden: {said}")
    handler = stand_in.services.get((namespace, service))
    if handler is None:
        raise Refusal(503, f'no endpoints available for service "{service}"')
    return handler(method, path, body)
