"""Sessions: what a browser keeps after signing in, signed, so that a server needs no memory of it.

A cookie holds who signed in, as what, until when, and a proof of the token that was shown: when the token's file
changes, the sessions that it opened end.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from shipway.errors import InputError, in_one_line

SESSION_SECONDS = 12 * 3600
SHORTEST_KEY = 32


class UnusableKey(InputError):
    """A file of the key of sessions that cannot be used."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"The session key file {str(path)!r} {problem}: put a secret of at least {SHORTEST_KEY} characters into "
            "it, such as `openssl rand -hex 32` prints."
        )


def session_key(path: Path | None) -> bytes:
    """The key of a file, or a new one; raises `UnusableKey`."""
    if path is None:
        return secrets.token_bytes(32)
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise UnusableKey(path, f"cannot be read ({in_one_line(error)})") from error
    if len(key) < SHORTEST_KEY:
        raise UnusableKey(path, f"holds {len(key)} characters")
    return key


@dataclass(frozen=True)
class Session:
    """`ends`: seconds since the epoch. `proof`: see `proof_of`."""

    id: str
    name: str
    role: str
    ends: int
    proof: str


def new_session(name: str, role: str, proof: str) -> Session:
    return Session(secrets.token_hex(16), name, role, int(time.time()) + SESSION_SECONDS, proof)


def proof_of(key: bytes, token: str) -> str:
    """What a session keeps of the token that opened it: nothing that leads back to it."""
    return _sign(key, b"proof", token.encode())[:32]


def seal(key: bytes, session: Session) -> str:
    """A session as the text of a cookie."""
    payload = base64.urlsafe_b64encode(json.dumps(asdict(session)).encode()).rstrip(b"=")
    return f"{payload.decode()}.{_sign(key, b'session', payload)}"


def unseal(key: bytes, cookie: str) -> Session | None:
    """The session of a cookie that this key has signed and that has not ended."""
    payload, _, signature = cookie.partition(".")
    if not hmac.compare_digest(signature.encode(), _sign(key, b"session", payload.encode()).encode()):
        return None
    session = Session(**json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    return session if session.ends > time.time() else None


class EndedSessions:
    """Sessions that were signed out of before their time; known to this server alone."""

    def __init__(self) -> None:
        self._ends: dict[str, int] = {}
        self._lock = Lock()

    def add(self, session: Session) -> None:
        with self._lock:
            now = time.time()
            self._ends = {one: ends for one, ends in self._ends.items() if ends > now}
            self._ends[session.id] = session.ends

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._ends


def _sign(key: bytes, purpose: bytes, content: bytes) -> str:
    return hmac.new(key, purpose + b"\0" + content, hashlib.sha256).hexdigest()
