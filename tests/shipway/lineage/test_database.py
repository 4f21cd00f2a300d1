from pathlib import Path

import pytest

from shipway.lineage.database import (
    BadDatabase,
    Database,
    NoPasswordFile,
    PasswordInName,
    Tls,
    read_password,
)


def test_a_file_is_named_by_its_path(tmp_path):
    database = Database.parse(f"sqlite:{tmp_path}/metadata.db")
    assert (database.kind, database.path) == ("sqlite", tmp_path / "metadata.db")
    assert database.connection_config().sqlite.filename_uri == str(tmp_path / "metadata.db")
    modes = [
        database.connection_config(**how).sqlite.connection_mode for how in ({}, {"create": False}, {"read_only": 1})
    ]
    assert modes == [3, 2, 1]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mysql://tester@db.example/lineage", "mysql://tester@db.example:3306/lineage"),
        ("mariadb://tester@localhost:3307/lineage", "mysql://tester@127.0.0.1:3307/lineage"),
        ("postgres://a%40b@[::1]/my-lineage", "postgresql://a@b@[::1]:5432/my-lineage"),
    ],
)
def test_a_database_on_a_server_is_named_by_an_address(text, name):
    assert str(Database.parse(text)) == name


def test_what_the_engine_is_given_is_whole_and_quoted():
    config = Database.parse("postgresql://o'neil@host/lineage?ca=/ca.pem", "a b'c\\d").connection_config().postgresql
    assert (config.user, config.password) == (r"'o\'neil'", r"'a b\'c\\d'")
    assert (config.host, config.port, config.dbname) == ("'host'", "'5432'", "'lineage'")
    assert (config.ssloption.sslmode, config.ssloption.sslrootcert) == ("verify-full", "'/ca.pem'")
    mysql = (
        Database.parse("mysql://me@host/lineage?ca=/ca.pem&cert=/c.pem&key=/k.pem", "secret").connection_config().mysql
    )
    assert (mysql.host, mysql.port, mysql.database, mysql.user, mysql.password) == (
        "host",
        3306,
        "lineage",
        "me",
        "secret",
    )
    assert (mysql.ssl_options.ca, mysql.ssl_options.verify_server_cert) == ("/ca.pem", True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("metadata.db", "has no kind that is known"),
        ("oracle://me@host/lineage", "has no kind that is known"),
        ("sqlite:", "no path"),
        ("sqlite:///metadata.db", "no path"),
        ("mysql://host/lineage", "no user"),
        ("mysql://me@/lineage", "no host"),
        ("mysql://me@host", "no name"),
        ("mysql://me@host/lineage;drop", "more than letters"),
        ("mysql://me@host/my-lineage", "more than letters"),
        ("postgresql://me@host:port/lineage", "host and port"),
        ("postgresql://me@[::1/lineage", "host and port"),
        ("postgresql://me@host/lineage?sslmode=disable", "options other than"),
        ("postgresql://me@host/lineage?ca", "options other than"),
        ("postgresql://me\0@host/lineage", "NUL"),
    ],
)
def test_a_bad_name_is_explained(text, sentence):
    with pytest.raises(BadDatabase, match=sentence):
        Database.parse(text, "secret")


def test_a_password_in_the_name_is_refused_and_not_shown():
    with pytest.raises(PasswordInName) as refused:
        Database.parse("postgresql://me:secret@host/lineage")
    assert "secret" not in str(refused.value)


def test_a_password_is_never_shown():
    database = Database.parse("postgresql://me@host/lineage", "secret")
    assert "secret" not in f"{database} {database!r}"


def test_passwords_come_from_a_file_or_the_environment(tmp_path):
    file = tmp_path / "password"
    file.write_text("secret\n")
    assert read_password(file, {}) == "secret"
    assert read_password(None, {"SHIPWAY_METADATA_DATABASE_PASSWORD": "other"}) == "other"
    assert read_password(None, {}) == ""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "No such file"), (b"", "it is empty"), (b"a\nb\n", "more than one line"), (b"\xff", "not text")],
    ids=["missing", "empty", "lines", "binary"],
)
def test_a_bad_password_file_is_explained(tmp_path, content, sentence):
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NoPasswordFile, match=sentence):
        read_password(file)


def test_files_keep_their_place():
    assert Database.of_file(Path("metadata.db")).path == Path.cwd() / "metadata.db"
    assert Tls() == Database.of_file(Path("metadata.db")).tls
