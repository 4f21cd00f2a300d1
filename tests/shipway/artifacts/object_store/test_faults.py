"""What a store refuses: one sentence each, soon, with the way out, and without a secret."""

import socket
import time

import pytest

from shipway.artifacts.object_store import (
    AccessDenied,
    BadStoreCredentials,
    BadUri,
    NoSuchBucket,
    StoreFailed,
    StoreUnreachable,
    delete,
    fetch,
    listing,
    opening,
    upload,
    write,
)
from shipway.settings.object_store import (
    BadObjectStoreEndpoint,
    NoObjectStoreCredentials,
    NoObjectStoreEndpoint,
    ObjectStoreAddress,
)


@pytest.fixture
def filled(bucket_store):
    write("s3://bucket/model/file", b"content")
    return bucket_store


@pytest.mark.parametrize(
    ("methods", "act", "doing", "right"),
    [
        ({"PUT", "POST"}, lambda path: upload(path, "s3://bucket/new"), "write", "s3:PutObject"),
        ({"POST", "DELETE"}, lambda path: delete("s3://bucket/model"), "delete", "s3:DeleteObject"),
        ({"GET"}, lambda path: listing("s3://bucket/model"), "list", "s3:ListBucket"),
    ],
)
def test_a_bucket_that_denies_is_named_with_the_missing_right(filled, tree, methods, act, doing, right):
    filled.deny = methods
    with pytest.raises(AccessDenied) as caught:
        act(tree)
    assert f"The bucket 'bucket' denies this process to {doing} 's3://bucket/" in str(caught.value)
    assert str(caught.value).endswith(f"grant its credentials {right} on the bucket.")


def test_reading_may_be_denied_where_listing_is_not(filled, tmp_path):
    def deny_objects(method, bucket, key):
        filled.deny = {"GET", "HEAD"} if key else set()

    filled.on_request = deny_objects
    with pytest.raises(AccessDenied, match=r"denies this process to read 's3://bucket/model/file'.*s3:GetObject"):
        fetch("s3://bucket/model", tmp_path / "model")


def test_a_bucket_that_is_not_there(filled, tmp_path):
    sentence = "There is no bucket 'no-such' in the object store"
    with pytest.raises(NoSuchBucket, match=sentence):
        listing("minio://no-such/key")
    with pytest.raises(NoSuchBucket, match=sentence):
        write("minio://no-such/key", b"")


def test_wrong_credentials(filled, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "stranger")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "top-secret")
    opening._client.cache_clear()
    with pytest.raises(BadStoreCredentials) as caught:
        listing("s3://bucket/model")
    opening._client.cache_clear()
    assert "are not accepted by the object store" in str(caught.value)
    assert "top-secret" not in str(caught.value)


def test_a_store_that_fails_at_everything(filled):
    filled.broken = True
    with pytest.raises(StoreFailed, match="reduce your request rate"):
        listing("s3://bucket/model")


def test_nobody_listens(monkeypatch, filled):
    monkeypatch.setenv("SHIPWAY_OBJECT_STORE_ENDPOINT", "http://127.0.0.1:1")
    began = time.monotonic()
    with pytest.raises(StoreUnreachable, match="check SHIPWAY_OBJECT_STORE_ENDPOINT and that the network allows it"):
        listing("s3://bucket/model")
    assert time.monotonic() - began < 10


def test_a_store_that_never_answers_is_given_up(monkeypatch, filled):
    monkeypatch.setattr(opening, "REQUEST_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("SHIPWAY_OBJECT_STORE_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(StoreUnreachable, match=r"does not answer \(Timeout was reached\)"):
            listing("s3://bucket/model")


def test_minio_needs_an_endpoint_and_a_store_of_ones_own_credentials(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "SHIPWAY_OBJECT_STORE_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NoObjectStoreEndpoint, match="SHIPWAY_OBJECT_STORE_ENDPOINT is not set"):
        listing("minio://bucket/key")
    monkeypatch.setenv("SHIPWAY_OBJECT_STORE_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(NoObjectStoreCredentials, match="set AWS_ACCESS_KEY_ID"):
        listing("minio://bucket/key")


@pytest.mark.parametrize(
    "uri", ["s3://", "s3:///key", "s3://bucket/../other", "ftp://bucket/key", "s3://b//k", "rel/path"]
)
def test_a_uri_that_names_nothing(uri):
    with pytest.raises(BadUri, match="names nothing in an object store"):
        listing(uri)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("minio:9000", "which is not http:// or https:// and a host"),
        ("http://user:secret@minio:9000", "which holds a user or password"),
        ("http://minio:9000/path", "which says more than a host and a port"),
        ("http://minio:port", "which is no address"),
    ],
)
def test_an_endpoint_that_is_none(value, problem):
    with pytest.raises(BadObjectStoreEndpoint) as caught:
        ObjectStoreAddress.from_environment({"SHIPWAY_OBJECT_STORE_ENDPOINT": value})
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)
