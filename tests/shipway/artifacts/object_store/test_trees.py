"""Trees go into a bucket and come back the same, whole or not at all; the client is the real one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shipway.artifacts import digest_tree
from shipway.artifacts.object_store import (
    Entry,
    Location,
    NothingThere,
    UnsafeName,
    children,
    delete,
    exists,
    fetch,
    listing,
    read,
    reading,
    upload,
    write,
)
from shipway.artifacts.object_store.opening import client_of
from shipway.artifacts.publish import StorageFull


def test_a_tree_keeps_its_digest_through_a_bucket(bucket_store, tree, tmp_path):
    upload(tree, "minio://bucket/some/where")
    fetch("s3://bucket/some/where", tmp_path / "back")
    assert digest_tree(tmp_path / "back") == digest_tree(tree)
    assert sorted(os.listdir(tmp_path)) == ["back", "tree"]


def test_the_last_file_is_written_last(bucket_store, tree):
    finished = []
    bucket_store.on_request = lambda method, bucket, key: method == "POST" and finished.append(key)
    upload(tree, "s3://bucket/v", last=["empty", "marker"])
    assert {key.rpartition("/")[2] for key in finished[-4:]} == {"empty", "marker"}
    assert finished[-1] == "v/marker"


def test_a_single_file_is_an_artifact_too(bucket_store, tmp_path):
    (tmp_path / "page.html").write_text("<p>")
    upload(tmp_path / "page.html", "s3://bucket/run/report")
    assert listing("s3://bucket/run/report") == [Entry("", 3)]
    fetch("s3://bucket/run/report", tmp_path / "there" / "report")
    assert (tmp_path / "there" / "report").read_text() == "<p>"


def test_what_lies_at_a_uri_is_told_by_name(bucket_store, tree):
    upload(tree, "s3://bucket/x/model")
    write("s3://bucket/x/model_run", b"another output, whose name only begins alike")
    assert [entry.name for entry in listing("s3://bucket/x/model")][-2:] == ["empty", "marker"]
    assert [(one.name, one.is_folder) for one in children("s3://bucket/x")] == [("model", True), ("model_run", False)]
    assert exists("s3://bucket/x/model")
    assert not exists("s3://bucket/x/mod")
    assert read("s3://bucket/x/model/marker", 3) == b"who"


def test_a_tree_is_deleted_with_all_that_is_below(bucket_store, tree):
    upload(tree, "s3://bucket/x/model")
    write("s3://bucket/x/model_run", b"stays")
    delete("s3://bucket/x/model")
    delete("s3://bucket/x/model")
    assert not exists("s3://bucket/x/model")
    assert exists("s3://bucket/x/model_run")


def test_only_what_is_wanted_is_fetched(bucket_store, tree, tmp_path):
    upload(tree, "s3://bucket/m")
    fetch("s3://bucket/m", tmp_path / "m", lambda entry: entry.size < 100)
    assert not (tmp_path / "m" / "deep").exists()
    assert (tmp_path / "m" / "marker").exists()


def test_a_fetch_that_fails_leaves_nothing(bucket_store, tree, tmp_path):
    upload(tree, "s3://bucket/m")
    del bucket_store.buckets["bucket"]["m/marker"]
    bucket_store.buckets["bucket"]["m/../outside"] = b"out"
    with pytest.raises(UnsafeName, match="cannot be a file's name"):
        fetch("s3://bucket/m", tmp_path / "target" / "m")
    assert list((tmp_path / "target").iterdir()) == []


def test_a_full_disk_is_named(bucket_store, tree):
    upload(tree, "s3://bucket/m")
    place = Location.parse("s3://bucket/m/deep/er/large")
    with pytest.raises(StorageFull, match="No space is left on the disk of '/dev/full'"):
        reading._fetch_one(client_of(place), place, Path("/dev/full"))


def test_nothing_there(bucket_store, tmp_path):
    assert listing("s3://bucket/nothing") == []
    with pytest.raises(NothingThere, match="Nothing lies at 's3://bucket/nothing'"):
        fetch("s3://bucket/nothing", tmp_path / "x")


def test_paths_of_this_machine_are_taken_too(tree, tmp_path):
    upload(tree, f"file://{tmp_path}/copied")
    assert digest_tree(tmp_path / "copied") == digest_tree(tree)
    fetch(str(tmp_path / "copied"), tmp_path / "again")
    assert digest_tree(tmp_path / "again") == digest_tree(tree)


def test_no_client_is_imported_before_a_store_is_asked():
    code = "import sys, shipway.artifacts, shipway.artifacts.object_store; assert 'pyarrow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
