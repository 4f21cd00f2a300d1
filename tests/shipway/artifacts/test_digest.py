import os
import shutil

import pytest

from shipway.artifacts import digest_texts, digest_tree
from shipway.artifacts.digest import NotAFile


def tree(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_copy_elsewhere_has_the_same_digest(tmp_path):
    original = tree(tmp_path / "a", {"x": "1", "sub/y": "2"})
    shutil.copytree(original, tmp_path / "b")
    (tmp_path / "b" / "empty").mkdir()
    assert digest_tree(original) == digest_tree(tmp_path / "b")


def test_content_name_and_place_each_count(tmp_path):
    digests = {
        digest_tree(tree(tmp_path / str(number), files))
        for number, files in enumerate([{"x": "1"}, {"x": "2"}, {"y": "1"}, {"sub/x": "1"}, {}])
    }
    assert len(digests) == 5


def test_texts_do_not_run_into_each_other():
    assert digest_texts(["ab", "c"]) != digest_texts(["a", "bc"])


def test_a_name_may_be_any_bytes(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9")).write_text("1")
    assert digest_tree(tmp_path) == digest_tree(tmp_path)


def test_what_has_no_content_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotAFile, match=r"'.*/pipe' is a link to nothing, or neither a file nor a folder"):
        digest_tree(tmp_path)
