"""Who uses the dashboards."""

from __future__ import annotations

from dataclasses import dataclass

VIEWER, OPERATOR = "viewer", "operator"


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in: `name` is the e-mail that a proxy gave, or says which token was shown."""

    name: str
    role: str
    address: str = ""
    by_proxy: bool = False

    @property
    def is_operator(self) -> bool:
        return self.role == OPERATOR


@dataclass(frozen=True)
class Visit:
    """One request: who asks, from where, and what its forms' tokens are bound to.

    `anchor` is the session's id, or whatever else stands for the same browser from one request to the next.
    """

    person: Person | None
    anchor: str
    address: str = ""
    secure: bool = False
