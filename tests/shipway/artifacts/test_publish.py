import errno

import pytest

from shipway.artifacts import partial_sibling, publish, storage_faults, write_text
from shipway.artifacts.publish import StorageFull, StorageUnwritable, writing


def test_publishing_replaces_an_older_folder_whole(tmp_path):
    final = tmp_path / "model"
    final.mkdir()
    (final / "old").write_text("old")
    partial = partial_sibling(final)
    partial.mkdir()
    (partial / "new").write_text("new")
    publish(partial, final)
    assert [path.name for path in final.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_text_that_cannot_be_written_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    write_text(path, "first")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert path.read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [(errno.ENOSPC, StorageFull, "No space is left"), (errno.EACCES, StorageUnwritable, "Permission denied")],
)
def test_faults_of_the_disk_become_sentences(tmp_path, code, error, words):
    with pytest.raises(error, match=words), storage_faults(tmp_path):
        raise OSError(code, "as the kernel says it")


def test_other_errors_pass(tmp_path):
    with pytest.raises(IsADirectoryError), storage_faults(tmp_path):
        raise IsADirectoryError(errno.EISDIR, "a folder")


def test_whatever_keeps_a_file_from_being_written_is_named(tmp_path):
    with pytest.raises(StorageUnwritable, match=rf"Cannot write to '{tmp_path}' \(Is a directory\)"):
        write_text(tmp_path, "text")
    with pytest.raises(StorageUnwritable, match="File name too long"):
        write_text(tmp_path / ("x" * 300), "text")
    with pytest.raises(StorageFull), writing(tmp_path):
        raise OSError(errno.ENOSPC, "as the kernel says it")
