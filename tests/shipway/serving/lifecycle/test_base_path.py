"""Folders with numbers are versions."""

import pytest

from shipway.serving.lifecycle.base_path import NoBasePath, find_versions


def is_model(folder):
    return (folder / "saved_model.pb").exists()


def test_folders_with_numbers_are_versions_and_nothing_else_is(tmp_path):
    for name in ("1", "20", "003", "1700000000", "-4", "+5", "6.0", "v7", "٣", ".8", "9-partial", str(2**63)):
        (tmp_path / name).mkdir()
    (tmp_path / "10").write_text("a file")
    found = find_versions(tmp_path, is_model)
    assert found == {
        1: tmp_path / "1", 3: tmp_path / "003", 20: tmp_path / "20", 1700000000: tmp_path / "1700000000"
    }  # fmt: skip


def test_of_two_names_for_a_version_the_plain_one_counts(tmp_path):
    for name in ("007", "7", "0007"):
        (tmp_path / name).mkdir()
    assert find_versions(tmp_path, is_model) == {7: tmp_path / "7"}


def test_links_to_folders_are_versions(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "2").symlink_to(tmp_path / "model")
    assert find_versions(tmp_path, is_model) == {2: tmp_path / "2"}


@pytest.mark.parametrize(("name", "version"), [("5", 5), ("export", 1)])
def test_a_base_path_that_is_a_model_is_a_version(tmp_path, name, version):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "saved_model.pb").touch()
    assert find_versions(folder, is_model) == {version: folder}


def test_versions_below_a_model_count_before_it(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    (tmp_path / "3").mkdir()
    assert find_versions(tmp_path, is_model) == {3: tmp_path / "3"}


def test_a_base_path_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(NoBasePath, match=r"base path '.*/none' \(No such file or directory\): put a folder"):
        find_versions(tmp_path / "none", is_model)
    (tmp_path / "file").touch()
    with pytest.raises(NoBasePath, match=r"\(Not a directory\)"):
        find_versions(tmp_path / "file", is_model)
