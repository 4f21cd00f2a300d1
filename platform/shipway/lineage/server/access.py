"""Who may call: whoever shows the token of a file, which may be replaced while the service runs."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Any

from shipway.endpoint.token_file import UnusableToken, read_token

SECONDS_BETWEEN_LOOKS = 1.0

Stamp = tuple[int, int, int]


class Access:
    """Checks calls' tokens against that of a file; without a file every call may pass.

    Raises:
        UnusableToken: from the constructor. A file that is unusable later, while it is replaced say, leaves the old
            token in force.
    """

    def __init__(self, token_file: Path | None) -> None:
        self._file = token_file
        self._token = b""
        self._stamp: Stamp | None = None
        self._next_look = monotonic() + SECONDS_BETWEEN_LOOKS
        if token_file is not None:
            self._token, self._stamp = read_token(token_file).encode(), _stamp(token_file)

    def refusal(self, metadata: Iterable[tuple[str, Any]]) -> str:
        """Why a call with this metadata may not pass, in a sentence; "" when it may."""
        if self._file is None:
            return ""
        if monotonic() > self._next_look:
            self._look_again(self._file)
        given = next((value for name, value in metadata if name == "authorization"), None)
        scheme, _, token = (given if isinstance(given, str) else "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token):
            return ""
        problem = "no token" if given is None else "a token that is not the service's"
        return f"The call has {problem}: send 'authorization: Bearer TOKEN' in its metadata."

    def _look_again(self, path: Path) -> None:
        self._next_look = monotonic() + SECONDS_BETWEEN_LOOKS
        stamp = _stamp(path)
        if stamp is None or stamp == self._stamp:
            return
        try:
            self._token = read_token(path).encode()
        except UnusableToken:
            return
        self._stamp = stamp


def _stamp(path: Path) -> Stamp | None:
    """What changes when the file does."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
