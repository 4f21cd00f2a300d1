"""Calls as HTTP requests of TensorFlow Serving's REST API; nothing here touches the network."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from shipway.client.errors import BadRequest

Rows = Sequence[Any]
"""One mapping of inputs by name for each row, or one bare value where the signature has one input."""

Columns = Mapping[str, Any]
"""For each input its values, one for each row."""

TRACKING_ID = "x-tracking-id"


class BadUrl(BadRequest):
    """An address that is none."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url!r} is no address of a server: give one such as http://localhost:8501.")


class NoValue(BadRequest):
    """A value that JSON cannot carry to the server."""

    def __init__(self, value: Any) -> None:
        super().__init__(
            f"A value of type {type(value).__name__} cannot be sent: give numbers, text, bytes, lists or numpy arrays."
        )


class TwoVersions(BadRequest):
    """A version and a label."""

    def __init__(self, version: int, label: str) -> None:
        super().__init__(f"Both the version {version} and the label {label!r} are given: leave one of them out.")


@dataclass(frozen=True)
class Request:
    """What is to be sent; `url` is whole, and `body` empty for a GET."""

    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Endpoint:
    """A model at a server."""

    url: str
    model: str

    @classmethod
    def of(cls, url: str, model: str) -> Endpoint:
        """Raises `BadUrl` and `BadRequest`."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise BadUrl(url)
        if not model:
            raise BadRequest(f"No model is named for the server {url}: give the name under which it is served.")
        return cls(url.rstrip("/"), model)

    def predict(
        self, inputs: Rows | Columns, signature: str, version: int | None, label: str | None, tracking_id: str | None
    ) -> Request:
        """Raises `TwoVersions` and `NoValue`."""
        form = "inputs" if isinstance(inputs, Mapping) else "instances"
        body = {"signature_name": signature, form: inputs}
        headers = {"content-type": "application/json"}
        if tracking_id:
            headers[TRACKING_ID] = tracking_id
        return Request("POST", f"{self._of(version, label)}:predict", to_json(body), headers)

    def status(self, version: int | None = None, label: str | None = None) -> Request:
        return Request("GET", self._of(version, label))

    def metadata(self, version: int | None = None, label: str | None = None) -> Request:
        return Request("GET", f"{self._of(version, label)}/metadata")

    def _of(self, version: int | None, label: str | None) -> str:
        if version is not None and label is not None:
            raise TwoVersions(version, label)
        model = f"{self.url}/v1/models/{quote(self.model, safe='')}"
        if version is not None:
            return f"{model}/versions/{version}"
        return model if label is None else f"{model}/labels/{quote(label, safe='')}"


def to_json(body: Mapping[str, Any]) -> bytes:
    """The body of a request; NaN and infinities travel as TensorFlow Serving takes them. Raises `NoValue`."""
    return json.dumps(body, default=_plain, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    """What `json` does not know: bytes in TensorFlow Serving's form, and numpy's values as Python's."""
    if isinstance(value, bytes | bytearray | memoryview):
        return {"b64": base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Sequence):
        return list(value)
    raise NoValue(value)
