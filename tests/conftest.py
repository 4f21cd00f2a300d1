"""What every test shares: where real data lies, and the environment that steps run in."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_USE_LEGACY_KERAS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def taxi_csv() -> Path:
    """The Chicago taxi trips, 15,002 rows: beside the repository, or in the folder that SHIPWAY_TEST_DATA names."""
    folder = Path(os.environ.get("SHIPWAY_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    path = folder / "chicago_taxi.csv"
    if not path.is_file():
        pytest.skip(f"the taxi data is not at {path}; set SHIPWAY_TEST_DATA to its folder")
    return path


def pytest_make_parametrize_id(val, argname):
    """Name bytes by their argument: what they hold, a time of day in gzip, differs between processes that collect."""
    return argname if isinstance(val, bytes) else None
