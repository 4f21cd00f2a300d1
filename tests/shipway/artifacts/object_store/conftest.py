"""A small tree with everything in it that a store might trip over."""

import pytest


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "a name with + and %41 and ü.txt").write_text("text")
    (root / "deep" / "er" / "large").write_bytes(b"0123456789" * 2_000_000)
    (root / "empty").write_bytes(b"")
    (root / "marker").write_text("whole")
    return root
