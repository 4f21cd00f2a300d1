import pytest

from shipway.data.readers.sql_url import BadDatabaseUrl, Database, SecretInUrl, UnsetVariable

ENVIRONMENT = {
    "DB_USER": "ann",
    "DB_PASSWORD": "p@ss/w:rd",
    "DATABASE_URL": "postgresql://bob:hidden@db/x",
    "EMPTY": "",
}


def database(text):
    return Database(text, ENVIRONMENT)


def test_references_are_filled_in_without_percent_encoding():
    url = database("postgresql://${DB_USER}:${DB_PASSWORD}@host:5433/db?sslmode=require").url
    assert (url.username, url.password, url.host, url.port, url.database) == ("ann", "p@ss/w:rd", "host", 5433, "db")
    assert url.drivername == "postgresql+psycopg"
    assert dict(url.query) == {"sslmode": "require"}


def test_a_reference_may_stand_for_the_whole_url():
    assert database("${DATABASE_URL}").url.password == "hidden"


def test_what_is_shown_and_what_a_driver_says_hold_no_secret():
    one = database("postgresql://ann:${DB_PASSWORD}@host/db")
    assert one.text == "postgresql://ann:${DB_PASSWORD}@host/db"
    assert one.scrubbed("login of p@ss/w:rd failed") == "login of *** failed"
    assert database("${DATABASE_URL}").scrubbed("for hidden at postgresql://bob:hidden@db/x") == "for *** at ***"
    assert database("postgresql://ann:${EMPTY}@host/db").scrubbed("as it is") == "as it is"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann:geheim@host/db",
        "postgresql://ann:geheim${DB_PASSWORD}@host/db",
        "postgresql://ann@host/db?password=geheim",
    ],
)
def test_a_password_in_clear_is_refused_and_not_shown(text):
    with pytest.raises(SecretInUrl) as caught:
        database(text)
    assert "geheim" not in str(caught.value)
    assert "${DB_PASSWORD}" in str(caught.value)


@pytest.mark.parametrize("text", ["no url", "postgresql://a:geheim:x@host:port/db", "mysql://host/db", "duckdb:///x"])
def test_another_url_is_refused_and_not_shown(text):
    with pytest.raises(BadDatabaseUrl) as caught:
        database(text)
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_unset_variable_is_named():
    with pytest.raises(UnsetVariable, match="set the environment variable OTHER"):
        database("postgresql://ann:${OTHER}@host/db")


def test_sqlite_files():
    assert database("sqlite:////tmp/x.db").sqlite_file == "/tmp/x.db"
    assert database("sqlite:///${DB_USER}.db").sqlite_file == "ann.db"
    assert database("sqlite://").sqlite_file is None
    assert database("${DATABASE_URL}").sqlite_file is None
