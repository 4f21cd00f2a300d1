"""The model that is asked: one at a server, or one that is loaded into this process. Both take and give columns."""

from __future__ import annotations

import base64
import os
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from shipway.cli.prediction.values import arrays
from shipway.client import Client
from shipway.data.model.described import described_signature
from shipway.data.model.signature import PREDICT_FEATURES, SERVING_DEFAULT, Signature
from shipway.errors import InputError, UsageError

Columns = Mapping[str, list[Any]]


class UnknownSignature(UsageError):
    """The model has no such signature."""

    def __init__(self, name: str, known: Mapping[str, Any]) -> None:
        super().__init__(f"The model has no signature {name!r}: it has {', '.join(sorted(known)) or 'none'}.")


class RowsLost(InputError):
    """An output that is not one value, or one list, for each row."""

    def __init__(self, output: str, rows: int) -> None:
        super().__init__(
            f"The model's output {output!r} has not one entry for each of {rows} rows: choose another --signature."
        )


@dataclass(frozen=True)
class Answered:
    """Outputs by name, one entry a row; the id under which a server logged them, and the seconds that they took."""

    outputs: dict[str, list[Any]]
    tracking_id: str
    seconds: float


class AskedModel(Protocol):
    """A model that answers. `place` says which, for people."""

    place: str
    signature: Signature

    def predict(self, columns: Columns) -> Answered: ...


class ServedModel:
    """A model at a server, asked by columns."""

    def __init__(self, client: Client, signature: str, version: int | None, label: str | None) -> None:
        metadata = client.metadata(version, label)
        self.place = f"{client.endpoint.url}/v1/models/{client.endpoint.model}, version {metadata.version}"
        self.signature = described_signature(_chosen(signature, metadata.signatures))
        self._client = client
        self._version = version
        self._label = label

    def predict(self, columns: Columns) -> Answered:
        prediction = self._client.predict(columns, self.signature.name, self._version, self._label)
        outputs = prediction.outputs
        if len(outputs) == 1 and len(self.signature.outputs) == 1:
            outputs = dict(zip(self.signature.outputs, outputs.values(), strict=True))
        return Answered(_by_row(outputs, columns), prediction.tracking_id, prediction.seconds)


class LoadedModel:
    """A model in this process, checked, loaded and called as the server does it."""

    def __init__(self, folder: Path, signature: str) -> None:
        """Raises what loading raises, such as `ModelUnloadable` and `WrongDigest`."""
        _silence_imports()
        from shipway.serving.lifecycle.digests import DigestCheck
        from shipway.serving.lifecycle.formats import runtime_of
        from shipway.serving.runtimes import RUNTIMES

        runtime = runtime_of(folder, "", RUNTIMES)
        DigestCheck(requires_record=False).check(folder)
        self._model = runtime.load(folder)
        self.place = str(folder)
        self.signature: Signature = _chosen(signature, self._model.signatures)

    def predict(self, columns: Columns) -> Answered:
        started = time.monotonic()
        outputs = self._model.call(self.signature, arrays(columns, self.signature))
        plain = {name: _plain(values) for name, values in outputs.items()}
        return Answered(_by_row(plain, columns), "", time.monotonic() - started)


def _silence_imports() -> None:
    """What TensorFlow and its friends print of the machine when they are imported is no news to who wants answers."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore", "You are using a Python version", FutureWarning)


def _chosen(name: str, signatures: Mapping[str, Any]) -> Any:
    """The signature asked for; by default the one of raw features, where the model has it."""
    wanted = name or (PREDICT_FEATURES if PREDICT_FEATURES in signatures else SERVING_DEFAULT)
    if wanted not in signatures:
        raise UnknownSignature(wanted, signatures)
    return signatures[wanted]


def _by_row(outputs: Mapping[str, Any], columns: Columns) -> dict[str, list[Any]]:
    rows = len(next(iter(columns.values())))
    for name, values in outputs.items():
        if not isinstance(values, list) or len(values) != rows:
            raise RowsLost(name, rows)
    return dict(outputs)


def _plain(values: np.ndarray) -> Any:
    """As JSON has it: text where bytes are text, else {"b64": ...}."""
    return _text(values.tolist()) if values.dtype.kind in "OS" else values.tolist()


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(one) for one in value]
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}
