"""Which requests are logged: decided by the tracking id, so that every replica and every log of it agrees."""

from __future__ import annotations

from hashlib import blake2b

_ALL = 2**64


def is_sampled(tracking_id: str, rate: float) -> bool:
    """Whether the request of this id is among the share `rate` (0 to 1) of all; whoever is in a share is in all larger
    ones."""
    if rate >= 1.0:
        return True
    digest = blake2b(tracking_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") < rate * _ALL
