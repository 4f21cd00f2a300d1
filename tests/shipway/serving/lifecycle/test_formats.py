"""A runtime is chosen by the files, and what could run code is refused by name."""

import pytest

from shipway.serving.lifecycle.faults import VersionRefused
from shipway.serving.lifecycle.formats import RefusedFormat, UnknownFormat, runtime_of
from shipway.serving.runtimes import RUNTIMES


@pytest.mark.parametrize(("file", "platform"), [("saved_model.pb", "tensorflow"), ("model.skops", "sklearn")])
def test_the_files_choose_the_runtime(tmp_path, file, platform):
    (tmp_path / file).touch()
    assert runtime_of(tmp_path, "", RUNTIMES).platform == platform
    assert runtime_of(tmp_path, platform, RUNTIMES).platform == platform


def test_a_platform_that_is_configured_excludes_the_others(tmp_path):
    (tmp_path / "model.skops").touch()
    with pytest.raises(UnknownFormat, match=r"holds no model for tensorflow: a SavedModel has saved_model\.pb"):
        runtime_of(tmp_path, "tensorflow", RUNTIMES)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("model.keras", "Lambda layers"),
        ("weights.H5", "Lambda layers"),
        ("model.hdf5", "Lambda layers"),
        ("model.pkl", "is a pickle"),
        ("model.pickle", "is a pickle"),
        ("model.joblib", "is a pickle"),
        ("model.dill", "is a pickle"),
        ("model.pt", "there is no runtime for it"),
    ],
)
def test_files_that_could_run_code_are_refused_by_name(tmp_path, file, reason):
    (tmp_path / file).touch()
    (tmp_path / "README.md").touch()
    with pytest.raises(RefusedFormat, match=rf"{file}' is not loaded, because .*{reason}") as raised:
        runtime_of(tmp_path, "", RUNTIMES)
    assert isinstance(raised.value, VersionRefused)


def test_a_model_beside_such_a_file_is_loaded(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    (tmp_path / "model.keras").touch()
    assert runtime_of(tmp_path, "", RUNTIMES).platform == "tensorflow"


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(UnknownFormat, match="holds no model for tensorflow or sklearn"):
        runtime_of(tmp_path, "", RUNTIMES)
