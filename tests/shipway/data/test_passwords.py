"""Which texts hold a password in clear, and what is left of them."""

import time

import pytest

from shipway.data.passwords import holds_password, without_passwords


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ann:geheim@host/db", "postgresql://ann:***@host/db"),
        ("=9postgresql://ann:geheim@host/db", "=9postgresql://ann:***@host/db"),
        ("postgresql+psycopg://:geh@eim@host:5432/db", "postgresql+psycopg://:***@host:5432/db"),
        ("postgresql://host/db?user=ann&password=geheim&x=1", "postgresql://host/db?user=ann&password=***&x=1"),
        ("from s3://key:secret@b and ftp://u:p@h", "from s3://key:***@b and ftp://u:***@h"),
        ('{"url": "mysql://ann:geheim@host/db"}', '{"url": "mysql://ann:***@host/db"}'),
    ],
)
def test_a_password_in_clear_is_put_out_of_sight(text, shown):
    assert holds_password(text)
    assert without_passwords(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann:${DB_PASSWORD}@host/db",
        "postgresql://host/db?password=${DB_PASSWORD}",
        "sqlite:////data/trips.db",
        "http://host:8080/path?user=a@b.c",
        "${DB_URL}",
        "ann:geheim@host",
        '{"first": "http://host:80", "mail": "ann@host"}',
    ],
)
def test_what_holds_none_stays_as_it_is(text):
    assert not holds_password(text)
    assert without_passwords(text) == text


@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "a://" * 250_000, "a://b:" + "c" * 1_000_000], ids=["x", "://", ":c"]
)
def test_a_long_text_is_read_in_no_time(text):
    began = time.perf_counter()
    assert without_passwords(text) == text
    assert time.perf_counter() - began < 5
