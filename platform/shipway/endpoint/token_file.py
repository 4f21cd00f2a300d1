"""Secrets in files: what a server asks its callers for, read from a file that may be replaced while the server runs."""

from __future__ import annotations

from pathlib import Path

from shipway.errors import InputError, in_one_line

SHORTEST_TOKEN = 16


class UnusableToken(InputError):
    """A token file that cannot be used."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"The token file {str(path)!r} {problem}: put a secret of at least {SHORTEST_TOKEN} characters into it, "
            "such as `openssl rand -hex 32` prints."
        )


def read_token(path: Path) -> str:
    """The token of a file; raises `UnusableToken`."""
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise UnusableToken(path, f"cannot be read ({in_one_line(error)})") from error
    if len(token) < SHORTEST_TOKEN:
        raise UnusableToken(path, f"holds {len(token)} characters")
    return token
