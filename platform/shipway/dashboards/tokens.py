"""The tokens that let people in: one to look, one to change things, each in a file that may be replaced any time."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from shipway.dashboards.people import OPERATOR, VIEWER
from shipway.endpoint.token_file import UnusableToken, read_token
from shipway.errors import InputError


class SameToken(InputError):
    """Two files with one token."""

    def __init__(self, first: Path, second: Path) -> None:
        super().__init__(
            f"The token files {str(first)!r} and {str(second)!r} hold the same token: viewers and operators need "
            "different ones."
        )


class Tokens:
    """Which token opens which role. With neither file there is one token, made at the start, and it opens everything.

    Raises `UnusableToken` and `SameToken` at the start; a file that is unreadable later lets nobody in.
    """

    def __init__(self, viewer_file: Path | None, operator_file: Path | None, made: bool = False) -> None:
        files = {OPERATOR: operator_file, VIEWER: viewer_file}
        self._files = {role: path for role, path in files.items() if path is not None}
        found = {role: read_token(path) for role, path in self._files.items()}
        if viewer_file and operator_file and found[VIEWER] == found[OPERATOR]:
            raise SameToken(viewer_file, operator_file)
        self.made = secrets.token_urlsafe(24) if made else ""

    def __bool__(self) -> bool:
        return bool(self._files or self.made)

    def role_of(self, given: str) -> str | None:
        """The role that a token opens."""
        roles = [role for role, token in self._current() if hmac.compare_digest(token.encode(), given.encode())]
        return roles[0] if roles and given else None

    def of_role(self, role: str) -> str | None:
        """The token that opens a role just now."""
        return next((token for known, token in self._current() if known == role), None)

    def _current(self) -> list[tuple[str, str]]:
        found = [(OPERATOR, self.made)] if self.made else []
        for role, path in self._files.items():
            try:
                found.append((role, read_token(path)))
            except UnusableToken:
                continue
        return found
