import shutil

from shipway.artifacts import digest_texts, digest_tree


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
