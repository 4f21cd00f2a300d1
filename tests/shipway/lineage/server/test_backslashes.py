"""Text whose backslashes PostgreSQL must not see as SQL."""

import pytest

from shipway.lineage.protos import Artifact, ArtifactType, Value
from shipway.lineage.server.backslashes import STAND_IN, with_backslashes, without_backslashes
from shipway.lineage.server.methods import BY_NAME
from shipway.lineage.server.requests import BadRequest


def test_callers_get_back_what_they_put():
    put, get = BY_NAME["PutArtifacts"], BY_NAME["GetArtifacts"]
    artifact = Artifact(uri="C:\\data", custom_properties={"a\\b": Value(string_value='\\"'), "n": Value(int_value=92)})
    sent = without_backslashes(put, put.request(artifacts=[artifact]).SerializeToString())
    assert b"\\" not in sent.replace(b"\x08\x5c", b"")
    (stored,) = put.request.FromString(sent).artifacts
    assert stored.uri == f"C:{STAND_IN}data"
    response = get.response(artifacts=[stored]).SerializeToString()
    assert list(get.response.FromString(with_backslashes(get, response)).artifacts) == [artifact]


def test_lists_and_plain_maps_are_changed_too():
    by_uri, put_type = BY_NAME["GetArtifactsByURI"], BY_NAME["PutArtifactType"]
    sent = without_backslashes(by_uri, by_uri.request(uris=["a", "b\\c"]).SerializeToString())
    assert list(by_uri.request.FromString(sent).uris) == ["a", f"b{STAND_IN}c"]
    wanted = put_type.request(artifact_type=ArtifactType(name="T", properties={"x\\y": 1}))
    sent = without_backslashes(put_type, wanted.SerializeToString())
    assert dict(put_type.request.FromString(sent).artifact_type.properties) == {f"x{STAND_IN}y": 1}


def test_what_has_none_passes_as_it_came():
    method = BY_NAME["PutArtifacts"]
    request = method.request(artifacts=[Artifact(uri="a")]).SerializeToString()
    assert without_backslashes(method, request) is request
    assert with_backslashes(method, request) is request


def test_a_filter_is_refused():
    method = BY_NAME["GetArtifacts"]
    request = method.request(options={"filter_query": "name = 'it\\\\'s'"}).SerializeToString()
    with pytest.raises(BadRequest, match="holds a backslash"):
        without_backslashes(method, request)
