"""Who may ask: a bearer token that every request outside health must show."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from pathlib import Path
from time import monotonic

from shipway.endpoint.token_file import UnusableToken, read_token
from shipway.serving.faults import Unauthenticated
from shipway.serving.routing import Header

SECONDS_BETWEEN_LOOKS = 10.0
"""How soon a rotated token counts."""


class WrongToken(Unauthenticated):
    """No token or another one."""

    def __init__(self, given: bool) -> None:
        problem = "The request's token is not the server's" if given else "The request has no token"
        super().__init__(f"{problem}: send the header 'authorization: Bearer TOKEN'.")


class Authoriser:
    """Checks the token of requests against that of a file, which may be replaced while the server runs.

    Without a file every request may pass.
    """

    def __init__(self, token_file: Path | None) -> None:
        self._file = token_file
        self._expected = b"" if token_file is None else read_token(token_file).encode()
        self._next_look = monotonic() + SECONDS_BETWEEN_LOOKS

    def check(self, header: Header) -> None:
        """Raises `WrongToken`."""
        if self._file is None:
            return
        given = header("authorization")
        if monotonic() > self._next_look:
            self._renew(self._file)
        scheme, _, token = (given or "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), self._expected):
            raise WrongToken(given is not None)

    def admits(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether headers, by their lower-case names, are those of somebody who may ask."""
        if self._file is None:
            return True
        known = dict(headers)
        try:
            self.check(lambda name: known.get(name.encode(), b"").decode("latin-1") or None)
        except WrongToken:
            return False
        return True

    def _renew(self, path: Path) -> None:
        """A file that is being replaced may be unreadable for a moment: then the old token holds."""
        self._next_look = monotonic() + SECONDS_BETWEEN_LOOKS
        try:
            self._expected = read_token(path).encode()
        except UnusableToken:
            return
