"""Warm-up requests made from nothing but a signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import numpy as np

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.lifecycle.warmup.request import WarmupRequest

INNER_SIZE = 1
"""How large inner dimensions are that a signature leaves open."""


def synthesised_requests(signatures: Mapping[str, Signature], example: Callable[[], bytes]) -> list[WarmupRequest]:
    """A request of one row for each signature: zeros, empty strings, and where serialized tf.Examples are taken the one
    that `example` gives. A signature with a dtype that numpy lacks has none."""
    serialized = example() if any(signature.takes_examples for signature in signatures.values()) else b""
    requests = []
    for signature in signatures.values():
        with suppress(TypeError):
            requests.append(_request(signature, serialized))
    return requests


def _request(signature: Signature, serialized: bytes) -> WarmupRequest:
    text = serialized if signature.takes_examples else b""
    return WarmupRequest(signature, {name: _nothing(spec, text) for name, spec in signature.inputs.items()})


def _nothing(spec: TensorSpec, text: bytes) -> np.ndarray:
    shape = [INNER_SIZE if size is None else size for size in (spec.shape if spec.shape is not None else (1,))]
    if spec.dtype != "string":
        return np.zeros(shape, spec.numpy_dtype)
    texts = np.empty(shape, object)
    texts.fill(text)  # np.full would cut off zeros at the end of a serialized example
    return texts
