"""Finds the route of a request in the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shipway.serving.faults import InvalidRequest, ModelNotFound, Unsupported
from shipway.serving.rest.cors import preflight
from shipway.serving.rest.route import Route
from shipway.serving.rest.target import Target

MODELS = "/v1/models"
"""TensorFlow Serving's part: what it does not know there it calls malformed, be it the path or the method."""

PREFLIGHT = Route("OPTIONS", "*", preflight, is_open=True)


class Malformed(InvalidRequest):
    """A path that TensorFlow Serving's API does not have, or not with this method."""

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"Malformed request: {method} {path}")


class NothingThere(ModelNotFound):
    """A path that nothing is behind."""

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"Nothing answers to {method} {path}: see GET /openapi.json for what there is.")


class WrongMethod(Unsupported):
    """A path that other methods are for."""

    http_status = 405

    def __init__(self, method: str, path: str, allowed: Iterable[str]) -> None:
        methods = ", ".join(sorted(allowed))
        super().__init__(f"{path} does not answer to {method}: send {methods}.")
        self.http_headers = [(b"allow", methods.encode())]


class Router:
    """Holds paths against the routes, in their order."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)

    def find(self, method: str, path: str) -> tuple[Route, Target]:
        """The route for a path, still percent-encoded, and what the path names.

        HEAD is answered as GET is, and browsers may ask for OPTIONS everywhere.

        Raises:
            Malformed, NothingThere, WrongMethod: there is none.
            NoVersionNumber: the path's version is too large.
        """
        if method == "OPTIONS":
            return PREFLIGHT, Target()
        wanted = "GET" if method == "HEAD" else method
        allowed = set()
        for route in self._routes:
            target = route.target(path)
            if target is not None:
                if route.method == wanted:
                    return route, target
                allowed.add(route.method)
        lower = path.lower()
        if lower.startswith(MODELS) or (lower.startswith("/v1/") and not allowed):
            raise Malformed(method, path)
        if allowed:
            raise WrongMethod(method, path, allowed)
        raise NothingThere(method, path)
