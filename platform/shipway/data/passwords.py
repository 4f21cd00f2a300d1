"""Passwords in clear within URLs: parameters are recorded and shown, so a password among them is one that leaks."""

from __future__ import annotations

import re

HIDDEN = "***"
IN_CLEAR = re.compile(
    r"(?P<before>(?<![\w+.-])[\w+.-]+://[^\s/?#:@\"']*:)(?!\$\{\w+\}@)[^\s/?#\"']+(?=@)"
    r"|(?P<option>[?&](?:password|sslpassword)=)(?!\$\{\w+\})[^\s&#\"']+"
)
"""`scheme://user:PASSWORD@...` and `...?password=PASSWORD`; a reference such as `${DB_PASSWORD}` is none.

A scheme is looked for only where a word begins: a long text without one is read once, and not once for each letter.
"""


def holds_password(text: str) -> bool:
    return IN_CLEAR.search(text) is not None


def without_passwords(text: str) -> str:
    """`text` with every password in clear put out of sight."""
    return IN_CLEAR.sub(lambda found: f"{found['before'] or found['option']}{HIDDEN}", text)
