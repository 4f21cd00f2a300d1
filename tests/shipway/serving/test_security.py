"""The token opens the server, nothing else does, and it can be rotated."""

import pytest

from shipway.endpoint.token_file import UnusableToken
from shipway.serving import security
from shipway.serving.faults import Code
from shipway.serving.security import Authoriser, WrongToken

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


def headers(**values):
    return lambda name: values.get(name)


def test_without_a_file_everybody_may_pass():
    Authoriser(None).check(headers())


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_token_opens(token_file, scheme):
    Authoriser(token_file).check(headers(authorization=f"{scheme} {TOKEN}"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "The request has no token"),
        ({"authorization": TOKEN}, "is not the server's"),
        ({"authorization": "Bearer "}, "is not the server's"),
        ({"authorization": f"Bearer {TOKEN}x"}, "is not the server's"),
        ({"authorization": "Bearer ünïcode"}, "is not the server's"),
    ],
)
def test_nothing_else_does_and_the_token_is_not_told(token_file, given, sentence):
    with pytest.raises(WrongToken, match=sentence) as caught:
        Authoriser(token_file).check(headers(**given))
    assert caught.value.code is Code.UNAUTHENTICATED
    assert TOKEN not in str(caught.value)


def test_a_rotated_token_counts_and_a_broken_file_changes_nothing(token_file, monkeypatch):
    monkeypatch.setattr(security, "SECONDS_BETWEEN_LOOKS", -1.0)
    authoriser = Authoriser(token_file)
    token_file.write_text("")
    authoriser.check(headers(authorization=f"Bearer {TOKEN}"))
    token_file.write_text("f" * 32)
    with pytest.raises(WrongToken):
        authoriser.check(headers(authorization=f"Bearer {TOKEN}"))
    authoriser.check(headers(authorization=f"Bearer {'f' * 32}"))


def test_a_file_that_holds_no_token_is_refused(tmp_path):
    short = tmp_path / "short"
    short.write_text("secret")
    with pytest.raises(UnusableToken, match="holds 6 characters"):
        Authoriser(short)
    with pytest.raises(UnusableToken, match="cannot be read"):
        Authoriser(tmp_path / "none")
