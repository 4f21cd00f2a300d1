import pytest

from shipway.data.tensors.errors import MixedPayloads, NoFiles
from shipway.data.tensors.files import is_parquet, match_files


@pytest.fixture
def folder(tmp_path):
    for name in ("b.parquet", "a.parquet", ".hidden.parquet", "_SUCCESS"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    return tmp_path


def test_files_come_in_order_each_once_and_without_hidden_ones(folder):
    files = match_files([f"{folder}/*", f"{folder}/a*"])
    assert [path.name for path in files] == ["a.parquet", "b.parquet"]
    assert is_parquet(files)


def test_a_pattern_without_files_is_named(folder):
    with pytest.raises(NoFiles, match=r"No examples match '.*/nothing-\*'"):
        match_files(f"{folder}/nothing-*")


def test_two_payloads_under_one_pattern_are_refused(folder):
    (folder / "c.gz").touch()
    with pytest.raises(MixedPayloads):
        is_parquet(match_files(f"{folder}/*"))
