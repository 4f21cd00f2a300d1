"""From URIs to paths: data that comes with a package."""

import pytest

from shipway.artifacts import local_path
from shipway.artifacts.storage import NotInPackage


def test_data_of_a_package_is_found_wherever_it_is_installed():
    folder = local_path("package://shipway_pipelines.penguins/data")
    assert (folder / "penguins.csv").is_file()
    assert local_path("package://shipway_pipelines/penguins/data/penguins.csv") == folder / "penguins.csv"


def test_nothing_is_imported_to_find_it():
    import sys

    before = set(sys.modules)
    with pytest.raises(NotInPackage):
        local_path("package://this/x")
    assert "this" not in set(sys.modules) - before


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("package://no_such_package/data", "no package 'no_such_package'"),
        ("package://shipway_pipelines.no_such/data", "no package 'shipway_pipelines.no_such'"),
        ("package://", "no package ''"),
        ("package://../etc", "no package '..'"),
        ("package://json.decoder/x", "no package 'json.decoder'"),
        ("package://shipway_pipelines/../../etc/passwd", "leaves the package"),
    ],
)
def test_what_leads_to_nothing_is_told(uri, problem):
    with pytest.raises(NotInPackage, match="leads to nothing") as caught:
        local_path(uri)
    assert problem in str(caught.value)
