"""Requests that the engine would take wrongly."""

import math

import pytest

from shipway.lineage.protos import Artifact, Execution, Value
from shipway.lineage.server.methods import BY_NAME, METHODS
from shipway.lineage.server.requests import BadRequest, acceptable


def put_artifacts(**fields):
    method = BY_NAME["PutArtifacts"]
    return method, method.request(artifacts=[Artifact(**fields)]).SerializeToString()


def test_what_the_engine_stores_well_passes_as_it_came():
    values = {
        "zero": Value(int_value=0),
        "half": Value(double_value=0.5),
        "text": Value(string_value="ÿ\x7f and more"),
    }
    values["struct"] = Value()
    values["struct"].struct_value["a"] = "NUL \0, which the engine encodes"
    method, request = put_artifacts(uri="a", custom_properties=values)
    assert acceptable(method, request) is request


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
def test_numbers_that_are_none_are_refused(value):
    method, request = put_artifacts(properties={"loss": Value(double_value=value)})
    with pytest.raises(BadRequest, match=rf"artifacts\[0\]\.properties\['loss'\]\.double_value is {value}, which"):
        acceptable(method, request)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"uri": "a\0b"}, r"artifacts\[0\]\.uri"),
        ({"custom_properties": {"a\0": Value(int_value=1)}}, r"custom_properties has a name that"),
        ({"custom_properties": {"a": Value(string_value="\0")}}, r"\['a'\]\.string_value"),
    ],
    ids=["a uri", "a name", "a value"],
)
def test_a_nul_is_refused(fields, place):
    with pytest.raises(BadRequest, match=f"{place} holds a NUL character"):
        acceptable(*put_artifacts(**fields))


def test_a_nul_in_an_events_path_is_refused():
    method = BY_NAME["PutExecution"]
    request = method.request(execution=Execution(type_id=1))
    request.artifact_event_pairs.add().event.path.steps.add(key="a\0")
    with pytest.raises(BadRequest, match=r"artifact_event_pairs\[0\]\.event\.path\.steps\[0\]\.key holds"):
        acceptable(method, request.SerializeToString())


def test_a_page_is_never_larger_than_the_engine_can_fill():
    method = BY_NAME["GetArtifacts"]
    for asked, given in ((5, 5), (100, 100), (101, 100), (100_000, 100)):
        request = method.request(options={"max_result_size": asked}).SerializeToString()
        assert method.request.FromString(acceptable(method, request)).options.max_result_size == given


def test_bytes_that_are_no_message_are_refused():
    with pytest.raises(BadRequest, match="no valid GetArtifactsRequest"):
        acceptable(BY_NAME["GetArtifacts"], b"\xff\xff")


def test_the_table_of_methods_is_that_of_the_service():
    assert len(METHODS) == 52
    assert {method.name for method in METHODS if method.is_writing} == {
        *("PutArtifactType", "PutExecutionType", "PutContextType", "PutTypes"),
        *("PutArtifacts", "PutExecutions", "PutContexts", "PutEvents", "PutExecution", "PutLineageSubgraph"),
        *("PutAttributionsAndAssociations", "PutParentContexts"),
    }
    assert [method.name for method in METHODS if method.makes_types] == [
        *("PutArtifactType", "PutExecutionType", "PutContextType", "PutTypes"),
    ]
