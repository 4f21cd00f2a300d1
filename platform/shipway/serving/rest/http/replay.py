"""A request that offers to change the protocol, as Java's client offers HTTP/2 with every first request.

The offer may be ignored. But the parser takes what follows such a head for the other protocol, so the request is read
once more, without its offer.
"""

from __future__ import annotations

from collections.abc import Iterable

OFFERS = frozenset({b"upgrade", b"connection", b"http2-settings", b"expect"})
"""What makes an offer; and what was answered already when it was read the first time."""


def head_without_offer(method: bytes, url: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The bytes of a request's head without the headers that make the offer."""
    lines = [b"%b %b HTTP/%b" % (method, url, version.encode())]
    for name, value in headers:
        if name not in OFFERS:
            lines.append(b"%b: %b" % (name, value))
        elif name == b"connection" and b"close" in value.lower():
            lines.append(b"connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"
