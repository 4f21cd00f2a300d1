"""Pushing into a bucket: a version is there when its record is, and two pushes at once never share one."""

import json
import threading

import pytest

from shipway.artifacts import digest_tree
from shipway.artifacts.object_store import AccessDenied, write
from shipway.step import execute
from shipway_components.pusher import destination_store, pusher
from shipway_components.pusher.destinations import Layout, open_destination

PLACE = "minio://bucket/models/flights"


@pytest.fixture
def saved(tmp_path):
    def make(content="weights"):
        folder = tmp_path / f"model-{content}" / "Format-Serving"
        (folder / "variables").mkdir(parents=True)
        (folder / "saved_model.pb").write_text("graph")
        (folder / "variables" / "variables.data").write_text(content)
        return folder

    return make


@pytest.mark.parametrize(
    ("layout", "content", "record"),
    [
        (Layout.WATCHED, "1", ".shipway/1.json"),
        (Layout.BASE_PATH, "1/1", "1/.shipway/1.json"),
    ],
)
def test_a_version_lies_whole_with_its_record_last(bucket_store, saved, layout, content, record):
    written = []
    bucket_store.on_request = lambda method, bucket, key: method == "POST" and written.append(key)
    source = saved()
    pushed = open_destination(PLACE, layout).push(source, "uri of the model", "increment")
    assert (pushed.version, pushed.is_new, pushed.uri) == (1, True, f"{PLACE}/1")
    assert pushed.digest == digest_tree(source)
    prefix = "models/flights/"
    keys = [key.removeprefix(prefix) for key in bucket_store.keys("bucket") if not key.endswith("/")]
    ledger = [".shipway/1.json"]
    assert keys == sorted({*ledger, record, f"{content}/saved_model.pb", f"{content}/variables/variables.data"})
    facts = {"version": 1, "digest": pushed.digest, "model": "uri of the model"}
    assert json.loads(bucket_store.buckets["bucket"][prefix + record]) == facts
    finished = [key.removeprefix(prefix) for key in written if not key.endswith((".claim", "/")) and key]
    assert finished[-1] == record
    assert finished.index(f"{content}/saved_model.pb") > finished.index(f"{content}/variables/variables.data")


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("place", ["bucket", "folder"])
def test_folder_and_bucket_behave_alike(bucket_store, saved, tmp_path, layout, place):
    target = open_destination(PLACE if place == "bucket" else str(tmp_path / "served"), layout)
    assert target.versions() == []
    first = target.push(saved(), "", "increment")
    again = target.push(saved("other").parent / "Format-Serving", "", "increment")
    same = target.push(saved.__closure__ and tmp_path / "model-weights" / "Format-Serving", "", "increment")
    assert (first.version, again.version) == (1, 2)
    assert (same.version, same.is_new, same.digest) == (1, False, first.digest)
    assert target.versions() == [1, 2]
    assert target.holds("2")
    assert not target.holds("3")
    assert not target.holds("../2")
    assert again.uri == f"{target.place}/2"


def test_a_version_without_its_record_is_not_there_and_its_number_is_not_taken_again(bucket_store, saved):
    write(f"{PLACE}/7/saved_model.pb", b"half")
    target = open_destination(PLACE)
    assert target.versions() == []
    assert not target.holds("7")
    assert target.push(saved(), "", "increment").version == 8


def test_files_that_were_lost_are_pushed_anew(bucket_store, saved):
    target = open_destination(PLACE)
    assert target.push(saved(), "", "increment").version == 1
    del bucket_store.buckets["bucket"]["models/flights/1/variables/variables.data"]
    assert target.push(saved("weights2"), "", "increment").version == 2


def test_a_push_that_is_denied_half_way_leaves_no_version(bucket_store, saved):
    def deny_the_record(method, bucket, key):
        bucket_store.deny = {"POST", "PUT"} if key.endswith(".json") else set()

    bucket_store.on_request = deny_the_record
    target = open_destination(PLACE)
    with pytest.raises(AccessDenied, match="s3:PutObject"):
        target.push(saved(), "", "increment")
    bucket_store.on_request = lambda *_: None
    bucket_store.deny = set()
    assert target.versions() == []
    assert [key for key in bucket_store.keys("bucket") if not key.endswith("/")] == []


def test_pushes_at_once_take_versions_of_their_own(bucket_store, saved, monkeypatch):
    monkeypatch.setattr(destination_store, "CLAIM_ATTEMPTS", 100)
    models = [saved(f"weights-{number}") for number in range(4)]
    begin = threading.Barrier(len(models))
    versions = []

    def push(source):
        begin.wait()
        versions.append(open_destination(PLACE).push(source, "", "increment").version)

    threads = [threading.Thread(target=push, args=(one,)) for one in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(versions)) == len(models)
    assert open_destination(PLACE).versions() == sorted(versions)
    assert not [key for key in bucket_store.keys("bucket") if key.endswith(".claim")]


def test_what_a_killed_push_left_is_swept_after_a_day(bucket_store, saved, monkeypatch):
    write(f"{PLACE}/3/variables/variables.data", b"half")
    write(f"{PLACE}/.shipway/3.0000.claim", b"")
    target = open_destination(PLACE)
    assert target.push(saved(), "", "increment").version == 4
    assert "models/flights/3/variables/variables.data" in bucket_store.keys("bucket")
    monkeypatch.setattr(destination_store, "STALE_SECONDS", -1.0)
    target.push(saved("more"), "", "increment")
    assert "models/flights/3/variables/variables.data" not in bucket_store.keys("bucket")


def test_the_pusher_pushes_to_a_bucket(bucket_store, saved, tmp_path):
    attempt = tmp_path / "shop" / "run-1" / "pusher" / "attempt"
    model = {"name": "model", "uri": str(saved().parent)}
    pushed = {"name": "pushed_model", "uri": str(attempt / "pushed_model")}
    call = {
        "inputs": {
            "artifacts": {"model": {"artifacts": [model]}},
            "parameterValues": {"destination": PLACE, "versioning": "increment"},
        },
        "outputs": {
            "artifacts": {"pushed_model": {"artifacts": [pushed]}},
            "outputFile": str(attempt / "output_metadata.json"),
        },
    }
    metadata = execute(pusher, call)["artifacts"]["pushed_model"]["artifacts"][0]["metadata"]
    assert (metadata["pushed_destination"], metadata["pushed_version"]) == (PLACE, "1")
