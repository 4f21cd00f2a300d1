"""Pages over artifacts in a bucket: the store lists, small files come in copies, and no other bucket is ever asked."""

import pytest

from shipway.artifacts import digest_tree
from shipway.artifacts.object_store import Copies, copies, upload, write
from shipway.dashboards import bucket_files
from shipway.dashboards.artifact_files import NotAnswered, OutOfReach, digest_now, files_of, folder_of, preview_of
from shipway.dashboards.faults import NotFound
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home

URI = "minio://bucket/v2/artifacts/shop/run/statistics-gen/1/statistics"


def artifact(uri=URI, type_name="ExampleStatistics", state="LIVE", **metadata):
    return RecordedArtifact(7, type_name, uri, "statistics", state, "", metadata, 0)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def store(bucket_store, tmp_path, monkeypatch):
    monkeypatch.setenv("SHIPWAY_MOUNT_ROOT", str(tmp_path / "mounts"))
    monkeypatch.setenv("SHIPWAY_OBJECT_STORE_BUCKETS", "other, bucket")
    bucket_files._copies.cache_clear()
    tree = tmp_path / "tree"
    (tree / "Split-train").mkdir(parents=True)
    (tree / "Split-train" / "FeatureStats.pb").write_bytes(b"stats")
    (tree / "Split-train" / "data-00000-of-00001.parquet").write_bytes(b"rows" * 1000)
    (tree / "note.txt").write_text("a note")
    upload(tree, URI)
    bucket_store.tree = tree
    yield bucket_store
    bucket_files._copies.cache_clear()


def test_a_page_reads_a_copy_of_the_small_files(store, home):
    folder = folder_of(artifact(), home)
    assert (folder / "Split-train" / "FeatureStats.pb").read_bytes() == b"stats"
    assert not list(folder.glob("**/*.parquet"))
    asked = len(store.requests)
    assert folder_of(artifact(), home) == folder
    assert len(store.requests) == asked


def test_the_store_itself_lists_all_files_and_says_what_is_missing(store, home):
    found = files_of(artifact(split_names='["train", "eval"]'), home)
    assert [line.name for line in found.lines] == [
        "Split-train/FeatureStats.pb", "Split-train/data-00000-of-00001.parquet", "note.txt",
    ]  # fmt: skip
    assert found.path == URI
    assert found.missing == ["Split-eval/FeatureStats.pb"]
    assert files_of(artifact(type_name="Examples", split_names='["train"]'), home).trouble == ""


def test_a_text_is_shown_and_nothing_outside_of_the_artifact(store, home):
    write("minio://bucket/secret.txt", b"secret")
    assert preview_of(artifact(), home, "note.txt") == ("a note", True)
    for name in ("../../../../../../secret.txt", "/secret.txt", "Split-train/FeatureStats.pb", "none.txt"):
        with pytest.raises(NotFound):
            preview_of(artifact(), home, name)


def test_the_digest_is_of_the_files_as_they_are_now(store, home):
    assert digest_now(artifact(), home) == digest_tree(store.tree)
    store.buckets["bucket"].clear()
    with pytest.raises(NotFound, match="The files are missing"):
        digest_now(artifact(), home)


def test_a_uri_that_leaves_its_bucket_leads_nowhere(store, home):
    store.requests.clear()
    assert not files_of(artifact("s3://bucket/../private/x"), home).lines
    assert store.requests == []


@pytest.mark.parametrize("uri", [URI.replace("bucket", "private"), "gs://private/x"])
def test_a_bucket_that_is_not_named_is_never_asked(store, home, uri):
    store.requests.clear()
    with pytest.raises(OutOfReach, match="named in SHIPWAY_OBJECT_STORE_BUCKETS"):
        folder_of(artifact(uri), home)
    assert "are not shown" in files_of(artifact(uri), home).trouble
    assert store.requests == []


def test_files_that_are_gone(store, home):
    gone = artifact(f"{URI}-gone")
    assert not folder_of(gone, home).exists()
    assert "The files are missing" in files_of(gone, home).trouble
    assert "were deleted, as is recorded" in files_of(artifact(f"{URI}-gone", state="DELETED"), home).trouble


def test_what_the_store_refuses_is_said_on_the_page_and_it_is_left_alone_for_a_while(store, home):
    store.deny = {"GET", "HEAD"}
    with pytest.raises(NotAnswered, match="denies this process"):
        folder_of(artifact(), home)
    assert "denies this process" in files_of(artifact(), home).trouble
    store.requests.clear()
    with pytest.raises(NotAnswered, match="denies this process"):
        folder_of(artifact(), home)
    assert store.requests == []


def test_a_mounted_bucket_is_read_as_a_folder(store, home, tmp_path):
    mounted = tmp_path / "mounts" / "minio" / "bucket" / "folder"
    mounted.mkdir(parents=True)
    (mounted / "note.txt").write_text("mounted")
    store.requests.clear()
    assert preview_of(artifact("minio://bucket/folder"), home, "note.txt") == ("mounted", True)
    assert store.requests == []


def test_copies_stay_within_their_bounds(store, tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "YOUNG_SECONDS", 0.0)
    kept = Copies(tmp_path / "copies", kept_bytes=25)
    folders = []
    for number in range(4):
        write(f"{URI}-{number}/file", b"0123456789")
        folders.append(kept.folder(f"{URI}-{number}"))
    assert [folder.exists() for folder in folders] == [False, False, True, True]
    assert kept.folder(f"{URI}-0").exists()


def test_a_copy_of_what_is_still_uploaded_is_made_again(store, tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "YOUNG_SECONDS", float("inf"))
    monkeypatch.setattr(copies, "LIFE_OF_YOUNG_SECONDS", 0.0)
    kept = Copies(tmp_path / "copies")
    assert not (kept.folder(URI) / "late.txt").exists()
    write(f"{URI}/late.txt", b"late")
    assert (kept.folder(URI) / "late.txt").exists()
