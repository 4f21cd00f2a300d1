"""The serialized tf.Examples of a request."""

from __future__ import annotations

from collections.abc import Sequence

from shipway.serving.faults import InvalidRequest


class NoExamples(InvalidRequest):
    """A request without a single example."""

    def __init__(self) -> None:
        super().__init__("Input is empty: send at least one example.")


def with_context(examples: Sequence[bytes], context: bytes = b"") -> list[bytes]:
    """The serialized examples, each on top of the serialized example that is their context.

    Protobuf merges messages whose bytes follow one another; where both name a feature, the later one counts.

    Raises:
        NoExamples: there are none.
    """
    if not examples:
        raise NoExamples
    return [context + example for example in examples] if context else list(examples)
