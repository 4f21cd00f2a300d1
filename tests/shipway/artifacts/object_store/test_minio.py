"""The same against a real MinIO, where its binary is on PATH: what the stand-in answers is what a store answers."""

import os
import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from shipway.artifacts import digest_tree
from shipway.artifacts.object_store import (
    BadStoreCredentials,
    NoSuchBucket,
    children,
    delete,
    digest_at,
    exists,
    fetch,
    listing,
    opening,
    upload,
    write,
)
from shipway_components.pusher.destinations import Layout, open_destination

pytestmark = pytest.mark.skipif(not shutil.which("minio"), reason="no 'minio' on PATH")

START_SECONDS = 30.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A MinIO of its own on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("minio")
    (folder / "bucket").mkdir()
    command = ["minio", "server", "--quiet", "--address", f"127.0.0.1:{port}", str(folder)]
    keys = {"MINIO_ROOT_USER": "stand-in", "MINIO_ROOT_PASSWORD": "stand-in-secret"}
    process = subprocess.Popen(
        command, env={**os.environ, **keys}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        time.sleep(1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def minio(server, monkeypatch):
    monkeypatch.setenv("SHIPWAY_OBJECT_STORE_ENDPOINT", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "stand-in")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "stand-in-secret")
    opening._client.cache_clear()
    yield server
    opening._client.cache_clear()


def test_a_tree_goes_there_and_comes_back(minio, tree, tmp_path):
    upload(tree, "minio://bucket/a/tree", last=["marker"])
    fetch("s3://bucket/a/tree", tmp_path / "back")
    assert digest_tree(tmp_path / "back") == digest_tree(tree) == digest_at("minio://bucket/a/tree")
    write("minio://bucket/a/tree_of_another", b"x")
    assert [one.name for one in children("minio://bucket/a")] == ["tree", "tree_of_another"]
    delete("minio://bucket/a/tree")
    assert not exists("minio://bucket/a/tree")
    assert exists("minio://bucket/a/tree_of_another")


def test_what_it_refuses(minio, monkeypatch):
    with pytest.raises(NoSuchBucket):
        listing("minio://no-such-bucket/key")
    with pytest.raises(NoSuchBucket):
        write("minio://no-such-bucket/key", b"")
    for name, value in (("AWS_SECRET_ACCESS_KEY", "wrong"), ("AWS_ACCESS_KEY_ID", "nobody")):
        monkeypatch.setenv(name, value)
        opening._client.cache_clear()
        with pytest.raises(BadStoreCredentials):
            listing("minio://bucket/key")


@pytest.mark.parametrize("layout", Layout)
def test_pushes_at_once_take_versions_of_their_own(minio, tmp_path, layout):
    place = f"minio://bucket/models/{layout.name.lower()}"

    def push(number):
        source = tmp_path / str(number)
        source.mkdir()
        (source / "saved_model.pb").write_text(f"model {number}")
        return open_destination(place, layout).push(source, "", "increment")

    with ThreadPoolExecutor(4) as pool:
        pushed = list(pool.map(push, range(4)))
    versions = sorted(one.version for one in pushed)
    assert len(set(versions)) == 4
    assert open_destination(place, layout).versions() == versions
    again = open_destination(place, layout).push(tmp_path / "2", "", "increment")
    assert (again.is_new, again.version, again.uri) == (False, pushed[2].version, f"{place}/{pushed[2].version}")
