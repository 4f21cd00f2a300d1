"""Tokens of forms: a POST counts when its page was made for the same browser by this very site.

A token is a random nonce and its signature together with the session's anchor. No two are alike, so that a compressed
page does not give one away byte by byte.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

FIELD = "csrf"
HEADER = b"x-csrf-token"
NONCE_BYTES = 12


def new_token(key: bytes, anchor: str) -> str:
    """A token for the browser that `anchor` stands for."""
    nonce = secrets.token_hex(NONCE_BYTES)
    return f"{nonce}.{_signature(key, anchor, nonce)}"


def is_valid(key: bytes, anchor: str, token: str) -> bool:
    nonce, _, signature = token.partition(".")
    return bool(anchor) and hmac.compare_digest(signature.encode(), _signature(key, anchor, nonce).encode())


def _signature(key: bytes, anchor: str, nonce: str) -> str:
    return hmac.new(key, f"csrf\0{nonce}\0{anchor}".encode(), hashlib.sha256).hexdigest()
