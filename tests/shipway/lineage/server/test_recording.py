"""Shipway's own recorder against the service: what it leaves in a file, it leaves here, from several places at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from shipway.lineage import ArtifactRecord, Lineage, LineageQueries, TaskIdentity
from shipway.settings import MetadataAddress

EXAMPLES = ArtifactRecord("Examples", "/e", {"span": 3, "rows": 15002}, "e1", "examples")
TRAINER = TaskIdentity("taxi", "run-1", "trainer", "shipway_components.trainer")


def address_of(service, **files):
    return MetadataAddress(None, f"grpc://{service.address}", **files)


def test_a_run_is_recorded_through_the_service(service, store_file):
    with Lineage.open(address_of(service)) as lineage:
        first = lineage.begin(TRAINER, {"examples": [EXAMPLES]}, {"steps": 5, "text": "a\\b\0"}, "key")
        second = lineage.begin(TRAINER, {"examples": [EXAMPLES]}, {"steps": 5}, "key")
        lineage.complete(second, {"model": [ArtifactRecord("Model", "/m", {}, "m1")]}, {"loss": 0.5})
        states = {one.id: one.state for one in lineage.queries().run("run-1")}
    assert states == {first: "FAILED", second: "COMPLETE"}
    with closing(LineageQueries.open(store_file)) as queries:
        assert [one.uri for one in queries.artifacts("Model")] == ["/m"]


def test_a_token_lets_the_recorder_in(serving, tmp_path):
    token_file = tmp_path / "token"
    token_file.write_text("a-secret-of-enough-length")
    with serving(token_file=token_file) as service:
        with Lineage.open(address_of(service, token_file=token_file)) as lineage:
            assert lineage.begin(TRAINER, {}, {}, "key")
        with pytest.raises(Exception, match="token"), Lineage.open(address_of(service)) as stranger:
            stranger.begin(TRAINER, {}, {}, "key")


def test_recorders_take_turns_with_each_other_and_with_the_file(service, store_file):
    """Attempts of one task are numbered one after the other, whoever records them and by which way."""

    def record(place):
        with Lineage.open(place) as lineage:
            return [lineage.begin(TRAINER, {}, {}, "key") for _ in range(5)]

    places = [address_of(service), store_file] * 3
    with ThreadPoolExecutor(len(places)) as recorders:
        ids = [one for recorded in recorders.map(record, places) for one in recorded]
    assert len(set(ids)) == 30
    with closing(LineageQueries.open(store_file)) as queries:
        executions = queries.run("run-1")
    assert sorted(one.id for one in executions) == sorted(ids)
    assert [one.state for one in executions].count("RUNNING") == 1
