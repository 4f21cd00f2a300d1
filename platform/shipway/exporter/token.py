"""The secret that a scrape must show."""

from __future__ import annotations

import hmac
from contextlib import suppress
from pathlib import Path

from shipway.errors import InputError, in_one_line

SHORTEST = 16


class UnusableToken(InputError):
    """A token file that cannot be used."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"The token file {str(path)!r} {problem}: put a secret of at least {SHORTEST} characters into it, such as "
            "`openssl rand -hex 32` prints."
        )


class Token:
    """The content of `file`, read whenever it is asked for, so that it may be replaced. Without a file, all may pass.

    Raises `UnusableToken` where it is made.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._last = b"" if file is None else read_token(file)

    def admits(self, authorization: str | None) -> bool:
        """Whether a request with this `Authorization` header may pass."""
        if self._file is None:
            return True
        with suppress(UnusableToken):  # it is being replaced: the last one holds meanwhile
            self._last = read_token(self._file)
        scheme, _, given = (authorization or "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(errors="replace"), self._last)


def read_token(path: Path) -> bytes:
    """The secret in a file; raises `UnusableToken`."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise UnusableToken(path, f"cannot be read ({in_one_line(error)})") from error
    if len(secret) < SHORTEST:
        raise UnusableToken(path, f"holds {len(secret)} characters")
    return secret.encode()
