"""The contract between the serving core and a machine learning framework.

A runtime loads a folder into a model; a model is a set of signatures and one function that computes them on numpy
arrays. Everything else (versions, batches, transports, logs) is the core's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np

from shipway.data.model.signature import Signature

Arrays = Mapping[str, np.ndarray]


class Model(Protocol):
    """A loaded version. `call` is made from one thread at a time for each signature, and need not hold the GIL."""

    platform: str
    """What V2's metadata and the logs call the framework: "tensorflow", "sklearn"."""

    signatures: Mapping[str, Signature]

    def call(self, signature: Signature, feed: Arrays) -> Arrays:
        """Outputs by name for inputs by name, strings as objects of bytes; raises `InvalidRequest` for inputs that
        the model cannot take, and anything else for its own failures."""

    def close(self) -> None:
        """Free what the model holds; no call is under way and none follows."""


class Runtime(Protocol):
    """A framework that the server can load models of."""

    platform: str

    def prepare(self) -> None:
        """Import what loading needs; called before the first version is loaded."""

    def recognises(self, folder: Path) -> bool:
        """Whether the files in `folder` are a model of this framework."""

    def load(self, folder: Path) -> Model:
        """Load it; raises a `ShipwayError` that says why it cannot be loaded."""
