"""The secret that a scrape must show."""

from __future__ import annotations

import hmac
from contextlib import suppress
from pathlib import Path

from shipway.endpoint.token_file import UnusableToken, read_token


class Token:
    """The content of `file`, read whenever it is asked for, so that it may be replaced. Without a file, all may pass.

    Raises `UnusableToken` where it is made.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._last = b"" if file is None else read_token(file).encode()

    def admits(self, authorization: str | None) -> bool:
        """Whether a request with this `Authorization` header may pass."""
        if self._file is None:
            return True
        with suppress(UnusableToken):  # it is being replaced: the last one holds meanwhile
            self._last = read_token(self._file).encode()
        scheme, _, given = (authorization or "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(errors="replace"), self._last)
