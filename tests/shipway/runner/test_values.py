"""Values of parameters: read from texts, written into texts, and of the type that is declared."""

from typing import Any

import pytest

from shipway.runner.placeholders import Placeholders
from shipway.runner.values import NotOfKind, coerce, to_text


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        ("7", "NUMBER_INTEGER", 7),
        (7.0, "NUMBER_INTEGER", 7),
        ("-3", "NUMBER_INTEGER", -3),
        ("1e3", "NUMBER_INTEGER", 1000),
        ("0.5", "NUMBER_DOUBLE", 0.5),
        ("nan", "NUMBER_DOUBLE", None),
        (2, "NUMBER_DOUBLE", 2.0),
        ("True", "BOOLEAN", True),
        ("no", "BOOLEAN", False),
        (1, "BOOLEAN", True),
        (3, "STRING", "3"),
        (3.0, "STRING", "3"),
        (True, "STRING", "true"),
        (["a", 1.0], "LIST", ["a", 1]),
        ('["a"]', "LIST", ["a"]),
        ({"steps": 1000.0, "in": {"rate": 0.5}}, "STRUCT", {"steps": 1000, "in": {"rate": 0.5}}),
    ],
)
def test_values_become_what_is_declared(value: Any, kind: str, wanted: Any) -> None:
    coerced = coerce(value, kind)
    if wanted is None:
        assert coerced != coerced
    else:
        assert (coerced, type(coerced)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("seven", "NUMBER_INTEGER"),
        (7.5, "NUMBER_INTEGER"),
        (True, "NUMBER_INTEGER"),
        ("", "NUMBER_INTEGER"),
        (float("inf"), "NUMBER_INTEGER"),
        ("[1]", "NUMBER_DOUBLE"),
        ("maybe", "BOOLEAN"),
        (2, "BOOLEAN"),
        ("a,b", "LIST"),
        ('{"a": 1}', "LIST"),
        ([1], "STRUCT"),
    ],
)
def test_what_is_not_of_the_kind_is_refused(value: Any, kind: str) -> None:
    with pytest.raises(NotOfKind):
        coerce(value, kind)


def test_values_in_a_text() -> None:
    assert [to_text(one) for one in ("a", 1, 1.0, 1.5, True, ["a"], {"k": 1})] == [
        "a", "1", "1", "1.5", "true", '["a"]', '{"k": 1}',
    ]  # fmt: skip


EXECUTOR_INPUT = {
    "inputs": {
        "parameterValues": {"word": 'say "x"', "number": 3.0},
        "artifacts": {"data": {"artifacts": [{"name": "d", "uri": "/a/b", "metadata": {"rows": 5}}]}},
    },
    "outputs": {
        "outputFile": "/out/file.json",
        "parameters": {"count": {"outputFile": "/out/count"}},
        "artifacts": {"copy": {"artifacts": [{"name": "copy", "uri": "minio://bucket/key"}]}},
    },
}


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("<{{$.inputs.parameters['word']}}>", '<say "x">'),
        ('{{$.inputs.parameters["number"]}}', "3"),
        ("{{$.inputs.parameters['word'].json_escape[1]}}", 'say \\"x\\"'),
        ("{{$.inputs.artifacts['data'].path}}", "/a/b"),
        ("{{$.inputs.artifacts['data'].uri}}", "/a/b"),
        ("{{$.inputs.artifacts['data'].metadata['rows']}}", "5"),
        ("{{$.inputs.artifacts['data'].metadata}}", '{"rows": 5}'),
        ("{{$.outputs.artifacts['copy'].path}}", "/minio/bucket/key"),
        ("{{$.outputs.parameters['count'].output_file}}", "/out/count"),
        ("{{$.outputs.output_file}} {{$.outputMetadataUri}}", "/out/file.json /out/file.json"),
        ("{{$.pipeline_job_name}}", "job"),
        ("{{$.unheard_of}} {{$.inputs.artifacts['no'].path}}", "{{$.unheard_of}} {{$.inputs.artifacts['no'].path}}"),
        ({"in": ["{{$.inputs.parameters['number']}}", 1]}, {"in": ["3", 1]}),
    ],
)
def test_placeholders(written: Any, filled: Any) -> None:
    assert Placeholders(EXECUTOR_INPUT, {"pipeline_job_name": "job"}).fill(written) == filled


def test_values_that_are_missing_are_told() -> None:
    placeholders = Placeholders(EXECUTOR_INPUT, {})
    placeholders.fill("{{$.inputs.parameters['lost']}}")
    assert placeholders.missing == ["lost"]
