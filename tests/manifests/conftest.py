"""The programs of Prometheus, as Debian packages them; tests that want one that is not installed are skipped."""

import shutil

import pytest

PACKAGES = {"promtool": "prometheus", "prometheus": "prometheus", "amtool": "prometheus-alertmanager"}


def _program(name):
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install {PACKAGES[name]}")
    return path


@pytest.fixture(scope="session")
def promtool():
    return _program("promtool")


@pytest.fixture(scope="session")
def prometheus():
    return _program("prometheus")


@pytest.fixture(scope="session")
def amtool():
    return _program("amtool")
