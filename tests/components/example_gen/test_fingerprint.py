import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from shipway.artifacts import Files
from shipway.data.spans import MissingInput
from shipway_components.example_gen import example_gen, fingerprint, sql_example_gen


def state(base, **parameters):
    defaults = {"source": None, "input_config": {}, "range_config": {}, "spans": ""}
    return example_gen.reads(input_base=str(base), **{**defaults, **parameters})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/day-1.csv").write_text("a\n1\n")
    return tmp_path / "in"


def test_small_files_are_known_by_their_content(folder):
    before = state(folder)
    os.utime(folder / "day-1.csv", (1, 1))
    assert state(folder) == before
    (folder / "day-1.csv").write_text("a\n2\n")
    os.utime(folder / "day-1.csv", (1, 1))
    assert state(folder) != before


def test_large_files_are_known_by_a_state_that_no_change_leaves_alone(folder, monkeypatch):
    monkeypatch.setattr(fingerprint, "CONTENT_LIMIT", 1)
    path = folder / "day-1.csv"
    before, times = state(folder), path.stat()
    assert state(folder) == before
    path.write_text("a\n2\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert state(folder) != before
    changed = state(folder)
    shutil.copy2(path, folder / "copy")
    (folder / "copy").replace(path)
    assert state(folder) != changed


def test_a_new_file_and_a_new_span_change_the_state(folder):
    spans = {"splits": [{"name": "all", "pattern": "day-{SPAN}.csv"}]}
    all_files, latest, first = (
        state(folder),
        state(folder, input_config=spans),
        state(folder, input_config=spans, spans="1"),
    )
    (folder / "day-2.csv").write_text("a\n1\n")
    assert state(folder) != all_files
    assert state(folder, input_config=spans) != latest
    assert state(folder, input_config=spans, spans="1") == first


def test_an_artifact_is_known_by_its_own_digest(folder):
    assert state("", source=Files(uri=str(folder))) == ""


def test_missing_input_is_said_at_once(tmp_path):
    with pytest.raises(MissingInput):
        state(tmp_path / "nowhere")


def test_a_file_that_cannot_be_read_is_named(folder):
    with pytest.raises(
        fingerprint.UnreadableInput, match=r"'.*/lost' cannot be read \(No such file or directory\): check"
    ):
        fingerprint.files_fingerprint([folder / "day-1.csv", folder / "lost"])


def test_a_table_is_asked_again_unless_it_cannot_have_changed(tmp_path):
    url = "postgresql://ann@host/db"
    assert sql_example_gen.reads(url, "") != sql_example_gen.reads(url, "")
    assert sql_example_gen.reads(url, "2024-01") == sql_example_gen.reads(url, "2024-01")
    assert sql_example_gen.reads(url, "2024-01") != sql_example_gen.reads(url, "2024-02")
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.commit()
        before = sql_example_gen.reads(f"sqlite:///{path}", "")
        assert sql_example_gen.reads(f"sqlite:///{path}", "") == before
        connection.execute("INSERT INTO t VALUES (1)")
    connection.close()
    assert sql_example_gen.reads(f"sqlite:///{path}", "") != before


def test_the_state_of_files_needs_no_heavy_import(folder):
    code = (
        "import sys; from shipway_components.example_gen import example_gen;"
        f"example_gen.reads(None, {str(folder)!r}, {{}}, {{}}, '');"
        "sys.exit(bool({'pyarrow', 'numpy', 'sqlalchemy', 'kfp'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
