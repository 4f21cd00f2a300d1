"""Sessions, tokens of forms, token files and the count of wrong tries, without a server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shipway.dashboards.csrf import is_valid, new_token
from shipway.dashboards.pages.sign_in.attempts import MOST_ADDRESSES, OF_ALL, OF_ONE_ADDRESS, Attempts
from shipway.dashboards.sessions import (
    EndedSessions,
    Session,
    UnusableKey,
    new_session,
    proof_of,
    seal,
    session_key,
    unseal,
)
from shipway.dashboards.tokens import SameToken, Tokens
from shipway.endpoint.token_file import UnusableToken

KEY, OTHER = b"k" * 32, b"o" * 32


def test_a_session_survives_its_cookie() -> None:
    session = new_session("operator by token", "operator", proof_of(KEY, "token"))
    assert unseal(KEY, seal(KEY, session)) == session


def test_a_session_of_another_key_changed_or_ended_is_none() -> None:
    session = new_session("n", "viewer", "p")
    cookie = seal(KEY, session)
    assert unseal(OTHER, cookie) is None
    assert unseal(KEY, "A" + cookie[1:]) is None
    assert unseal(KEY, cookie[:-1]) is None
    assert unseal(KEY, "") is None
    assert unseal(KEY, seal(KEY, Session("i", "n", "viewer", int(time.time()) - 1, "p"))) is None


def test_sessions_that_were_signed_out_of_are_forgotten_when_they_would_have_ended() -> None:
    ended = EndedSessions()
    now = int(time.time())
    ended.add(Session("old", "n", "viewer", now - 5, "p"))
    ended.add(Session("new", "n", "viewer", now + 100, "p"))
    assert "new" in ended
    assert "old" not in ended


def test_tokens_of_forms_differ_and_hold_for_one_browser() -> None:
    first, second = new_token(KEY, "session a"), new_token(KEY, "session a")
    assert first != second
    assert is_valid(KEY, "session a", first)
    assert is_valid(KEY, "session a", second)
    assert not is_valid(KEY, "session b", first)
    assert not is_valid(OTHER, "session a", first)
    assert not is_valid(KEY, "", new_token(KEY, ""))
    assert not is_valid(KEY, "session a", "é.é")


def test_roles_by_their_tokens(tmp_path: Path) -> None:
    viewer, operator = tmp_path / "viewer", tmp_path / "operator"
    viewer.write_text("v" * 16)
    operator.write_text("o" * 16 + "\n")
    tokens = Tokens(viewer, operator)
    assert [tokens.role_of(one) for one in ("v" * 16, "o" * 16)] == ["viewer", "operator"]
    assert [tokens.role_of(one) for one in ("x", "", "é")] == [None] * 3
    operator.write_text("short")
    assert tokens.role_of("o" * 16) is None
    assert tokens.role_of("") is None


def test_a_token_that_is_made_opens_everything() -> None:
    tokens = Tokens(None, None, made=True)
    assert tokens.role_of(tokens.made) == "operator"
    assert Tokens(None, None, made=True).made != tokens.made
    assert not Tokens(None, None)


def test_token_files_that_cannot_be_used(tmp_path: Path) -> None:
    short, same = tmp_path / "short", tmp_path / "same"
    short.write_text("abc")
    same.write_text("s" * 20)
    with pytest.raises(UnusableToken, match="holds 3 characters: put a secret"):
        Tokens(short, None)
    with pytest.raises(UnusableToken, match="cannot be read"):
        Tokens(None, tmp_path / "missing")
    with pytest.raises(SameToken):
        Tokens(same, same)


def test_keys(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with pytest.raises(UnusableKey, match="cannot be read"):
        session_key(file)
    file.write_text("short")
    with pytest.raises(UnusableKey, match="holds 5 characters"):
        session_key(file)
    file.write_text("s" * 32 + "\n")
    assert session_key(file) == b"s" * 32
    assert session_key(None) != session_key(None)


def test_wrong_tries_of_one_address_and_of_all() -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    for _ in range(OF_ONE_ADDRESS):
        assert attempts.wait("a") == 0
        attempts.failed("a")
    assert attempts.wait("a") == 61
    assert attempts.wait("b") == 0
    now = 61.0
    assert attempts.wait("a") == 0
    for number in range(OF_ALL):
        attempts.failed(f"address {number}")
    assert attempts.wait("another") > 0
    now = 200.0
    for number in range(2 * MOST_ADDRESSES):
        attempts.failed(f"address {number}")
    assert len(attempts._by_address) <= MOST_ADDRESSES
