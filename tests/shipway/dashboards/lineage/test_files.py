"""The files of an artifact: what there is, what should be there, and nothing from outside of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shipway.artifacts.digest import NotAFile
from shipway.dashboards.artifact_files import (
    LISTED_AT_MOST,
    PREVIEWED_BYTES,
    OutOfReach,
    digest_now,
    files_of,
    folder_of,
    preview_of,
)
from shipway.dashboards.faults import NotFound
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home

SECRET = "the secret of another file"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "secret.txt").write_text(SECRET)
    return Home(tmp_path / "home").create()


def artifact(home: Home, kind: str = "Schema", name: str = "schema", **metadata: Any) -> RecordedArtifact:
    folder = home.artifacts / "taxi" / "run" / "task" / "1" / name
    folder.mkdir(parents=True)
    return RecordedArtifact(7, kind, str(folder), "", "LIVE", "", metadata, 0)


def test_files_and_their_sizes(home: Home) -> None:
    one = artifact(home)
    folder = Path(one.uri)
    (folder / "schema.pbtxt").write_text("feature {}\n")
    (folder / "deep").mkdir()
    (folder / "deep" / "data.parquet").write_bytes(b"x" * 5)
    found = files_of(one, home)
    assert [(line.name, line.size, line.has_preview) for line in found.lines] == [
        ("schema.pbtxt", 11, True), ("deep/data.parquet", 5, False),
    ]  # fmt: skip
    assert (found.trouble, found.is_whole, found.bytes_listed) == ("", True, 16)
    assert preview_of(one, home, "schema.pbtxt") == ("feature {}\n", True)
    assert len(digest_now(one, home)) == 64


@pytest.mark.parametrize(
    "name",
    [
        "../../../../../../secret.txt", "/etc/hostname", "deep/../../other/secret.txt", "link.txt", "folder/secret.txt",
        "..", "", ".", "nothing.txt", "a\0b.txt", "x" * 5000, "data.parquet", "%2e%2e/secret.txt", "loop.txt",
        "pipe.txt",
    ],
    ids=range(15),
)  # fmt: skip
def test_nothing_but_texts_inside_is_read(home: Home, name: str) -> None:
    import os

    one = artifact(home)
    folder = Path(one.uri)
    (folder / "data.parquet").write_text(SECRET)
    (folder / "deep").mkdir()
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "secret.txt").write_text(SECRET)
    (folder / "link.txt").symlink_to(home.path / "secret.txt")
    (folder / "folder").symlink_to(home.path)
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    os.mkfifo(folder / "pipe.txt")
    with pytest.raises(NotFound):
        preview_of(one, home, name)


def test_links_that_lead_out_are_named_and_not_followed(home: Home) -> None:
    one = artifact(home)
    folder = Path(one.uri)
    (folder / "schema.pbtxt").write_text("x")
    (folder / "out.txt").symlink_to(home.path / "secret.txt")
    (folder / "nowhere.txt").symlink_to(folder / "gone")
    lines = {line.name: line for line in files_of(one, home).lines}
    assert not lines["out.txt"].is_readable
    assert not lines["nowhere.txt"].is_readable
    assert not lines["out.txt"].has_preview
    assert lines["schema.pbtxt"].is_readable
    with pytest.raises(NotAFile):
        digest_now(one, home)


@pytest.mark.parametrize(
    "uri", ["/", "/etc", "{artifacts}", "{artifacts}/..", "{artifacts}/../../", "file:///etc", "ftp://x/y", "a\0b",
            "s3://../../etc", "{home}", "relative", "gs://"], ids=range(12),
)  # fmt: skip
def test_a_uri_cannot_show_the_machine(home: Home, uri: str) -> None:
    one = RecordedArtifact(7, "Files", uri.format(artifacts=home.artifacts, home=home.path), "", "LIVE", "", {}, 0)
    with pytest.raises(OutOfReach):
        folder_of(one, home)
    found = files_of(one, home)
    assert "not shown" in found.trouble
    assert found.lines == ()


def test_an_artifact_that_is_a_link_out(home: Home) -> None:
    one = artifact(home)
    outside = replace(one, uri=str(Path(one.uri).parent / "link"))
    Path(outside.uri).symlink_to(home.path.parent)
    with pytest.raises(OutOfReach):
        folder_of(outside, home)


def test_buckets_are_where_they_are_mounted(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPWAY_MOUNT_ROOT", str(tmp_path / "mounts"))
    folder = tmp_path / "mounts" / "s3" / "bucket" / "key"
    folder.mkdir(parents=True)
    (folder / "schema.pbtxt").write_text("feature {}")
    one = RecordedArtifact(7, "Schema", "s3://bucket/key", "", "LIVE", "", {}, 0)
    assert [line.name for line in files_of(one, home).lines] == ["schema.pbtxt"]
    (tmp_path / "mounts" / "s3" / "bucket" / "out").symlink_to(tmp_path)
    with pytest.raises(OutOfReach):
        folder_of(replace(one, uri="s3://bucket/out"), home)


def test_what_is_missing_is_named(home: Home) -> None:
    schema = artifact(home)
    assert "schema.pbtxt" in files_of(schema, home).trouble
    (Path(schema.uri) / "schema.pbtxt").touch()
    assert files_of(schema, home).missing == ["schema.pbtxt"]
    splits = artifact(home, "ExampleStatistics", "statistics", split_names='["train", "../x", 7, "eval"]')
    (Path(splits.uri) / "Split-train").mkdir()
    (Path(splits.uri) / "Split-train" / "FeatureStats.pb").write_bytes(b"x")
    assert files_of(splits, home).missing == ["Split-eval/FeatureStats.pb"]
    rows = artifact(home, "Examples", "rows", split_names="no JSON")
    assert files_of(rows, home).missing == []


def test_files_that_are_gone(home: Home) -> None:
    one = artifact(home)
    Path(one.uri).rmdir()
    assert "missing" in files_of(one, home).trouble
    assert "deleted, as is recorded" in files_of(replace(one, state="DELETED"), home).trouble
    with pytest.raises(NotFound):
        digest_now(one, home)
    with pytest.raises(NotFound):
        preview_of(one, home, "schema.pbtxt")


def test_an_artifact_may_be_one_file(home: Home) -> None:
    folder = artifact(home, "Files")
    one = replace(folder, uri=f"{folder.uri}/notes.txt")
    Path(one.uri).write_text("words")
    assert [(line.name, line.size) for line in files_of(one, home).lines] == [("notes.txt", 5)]
    assert preview_of(one, home, "") == ("words", True)


def test_many_and_large_files(home: Home) -> None:
    one = artifact(home, "Files")
    for number in range(LISTED_AT_MOST + 1):
        (Path(one.uri) / f"{number:05}.bin").touch()
    found = files_of(one, home)
    assert (len(found.lines), found.is_whole) == (LISTED_AT_MOST, False)
    (Path(one.uri) / "large.txt").write_bytes("ä".encode() * PREVIEWED_BYTES)
    text, is_whole = preview_of(one, home, "large.txt")
    assert (len(text), is_whole) == (PREVIEWED_BYTES // 2, False)


def test_names_that_are_no_text(home: Home) -> None:
    import os

    one = artifact(home, "Files")
    with open(os.path.join(os.fsencode(one.uri), b"\xff<b>.txt"), "w") as file:
        file.write("x")
    assert [line.name for line in files_of(one, home).lines] == ["\ufffd<b>.txt"]


def test_a_record_without_a_place_has_no_files(home: Home) -> None:
    review = RecordedArtifact(8, "ModelReview", "", "", "LIVE", "", {}, 0)
    with pytest.raises(OutOfReach):
        folder_of(review, home)
    found = files_of(review, home)
    assert (found.lines, found.trouble) == ((), "It is a record alone: it has no place for files.")
