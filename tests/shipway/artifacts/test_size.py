"""How many bytes an artifact holds."""

from shipway.artifacts import size_of


def test_a_folder_and_all_below(tmp_path):
    (tmp_path / "Split-train" / "deeper").mkdir(parents=True)
    (tmp_path / "Split-train" / "a").write_bytes(b"123")
    (tmp_path / "Split-train" / "deeper" / "b").write_bytes(b"4567")
    assert size_of(tmp_path) == 7


def test_a_file(tmp_path):
    (tmp_path / "a").write_bytes(b"123")
    assert size_of(tmp_path / "a") == 3


def test_nothing(tmp_path):
    assert size_of(tmp_path / "nothing") == 0


def test_a_link_counts_as_what_it_is(tmp_path):
    (tmp_path / "large").write_bytes(bytes(1000))
    (tmp_path / "artifact").mkdir()
    (tmp_path / "artifact" / "link").symlink_to(tmp_path / "large")
    assert size_of(tmp_path / "artifact") < 1000
