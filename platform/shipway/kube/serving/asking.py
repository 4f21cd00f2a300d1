"""A served version asked as a caller would: through its Service, by its number, with a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from shipway.client import (
    Client,
    ClientError,
    ServerBusy,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
    SignatureMetadata,
)

Ask = Callable[[Client, int], None]
"""Asks a version of a model; raises a `ClientError`, or a `WrongAnswer`, where the answer is not what it should be."""

PASSING = (ServerUnreachable, ServerBusy, ServerSilent)
"""What may be otherwise in a moment: endpoints that have not moved on yet, a pod that is on its way out."""

NO_SUCH_VERSION = 404
USUAL = ("predict_features", "serving_default")


class WrongAnswer(ClientError):
    """The model answers, and not as it should."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem.rstrip('.')}.")


def is_passing(error: ClientError) -> bool:
    """Whether to ask again: also a server that does not have the version, which is the old one."""
    return isinstance(error, PASSING) or (isinstance(error, ServerRefused) and error.status == NO_SUCH_VERSION)


def ask_made_up_row(client: Client, version: int) -> None:
    """Ask with a row of zeros and empty strings.

    A signature that takes serialized tf.Examples may refuse such a row for want of a feature; a refusal in the
    version's own words is then the answer.

    Raises a `ClientError`, and `WrongAnswer` where the version has no signature.
    """
    signatures = client.metadata(version).signatures
    chosen = next((signatures[name] for name in USUAL if name in signatures), None) or next(
        iter(signatures.values()), None
    )
    if chosen is None:
        raise WrongAnswer("The version has no signature to be asked by")
    try:
        client.predict(_row(chosen), chosen.name, version=version)
    except ServerRefused as error:
        if error.status == NO_SUCH_VERSION or not _takes_text_alone(chosen):
            raise


def _row(signature: SignatureMetadata) -> dict[str, Any]:
    return {
        name: _nothing(iter(tensor.shape if tensor.shape is not None else (1,)), tensor.dtype)
        for name, tensor in signature.inputs.items()
    }


def _nothing(sizes: Iterator[int | None], dtype: str) -> Any:
    """Nested lists of one shape; dimensions that are open have one element."""
    size = next(sizes, 0)
    if size == 0:
        return "" if dtype == "string" else False if dtype == "bool" else 0
    rest = list(sizes)
    return [_nothing(iter(rest), dtype) for _ in range(1 if size is None else size)]


def _takes_text_alone(signature: SignatureMetadata) -> bool:
    return all(one.dtype == "string" for one in signature.inputs.values())
