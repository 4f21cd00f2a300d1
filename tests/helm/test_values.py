"""Every value has a word about it, a place in the schema, and an effect."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

HELM = Path(__file__).resolve().parent.parent.parent / "helm"


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)  # where dataclasses look
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def readme():
    return loaded(HELM / "readme.py")


def test_the_readme_is_what_its_sources_say(readme):
    assert readme.main(["--check"]) == 0


def test_copies_are_what_their_sources_are():
    copies = loaded(HELM / "chart_files.py")
    assert copies.main(["--check"]) == 0
    assert len(list(copies.pairs())) == 11


def test_a_value_without_a_word_about_it_is_found(readme):
    with pytest.raises(readme.Undocumented, match=r"^a\.c has no comment of its own"):
        list(readme.documented("a:\n  # -- Known.\n  b: 1\n  c: 2\n"))


def test_values_inside_one_that_is_explained_need_no_word(readme):
    found = list(readme.documented("# -- All of it.\na:\n  b: {c: 1}\n# -- More.\nd: []\n"))
    assert [(one.path, one.default, one.text) for one in found] == [
        ("a", {"b": {"c": 1}}, "All of it."),
        ("d", [], "More."),
    ]


def test_the_schema_knows_every_value_and_leaves_no_other_through(chart, readme):
    schema = json.loads((HELM / "shipway" / "values.schema.json").read_text())

    def place(node, keys):
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
        return place(node["properties"][keys[0]], keys[1:]) if keys else node

    paths = [value.path.split(".") for value in readme.documented((HELM / "shipway" / "values.yaml").read_text())]
    for path in paths:
        assert place(schema, path), path
        for depth in range(len(path)):
            assert place(schema, path[:depth]).get("additionalProperties") is False, path


def test_every_value_is_read_by_a_template(readme):
    templates = "\n".join(path.read_text() for path in (HELM / "shipway" / "templates").rglob("*.*"))
    for value in readme.documented((HELM / "shipway" / "values.yaml").read_text()):
        assert re.search(rf"\b{value.path.rpartition('.')[2]}\b", templates), value.path


def test_the_chart_is_of_this_version(chart):
    import shipway

    assert chart.metadata["version"] == chart.metadata["appVersion"] == shipway.__version__


def test_helms_own_check_finds_nothing():
    import helm_python

    found = helm_python.lint(HELM / "shipway", namespace="shipway")
    assert found["errors"] == []
    assert [one for one in found["messages"] if one["severity"] > 1] == []
