"""The same metrics out of a metadata service as out of a file."""

import time
from dataclasses import replace

import pytest


def of_pipelines(page):
    return {key: value for key, value in page.items() if not key[0].startswith("shipway_exporter")}


@pytest.fixture
def served(serve_metadata, records):
    """A service over the store of the records, and its address; a call that fails is not tried for long."""
    service = serve_metadata(store=records.path)
    return service, replace(service.address(), patience_seconds=0.1)


def test_the_page_is_the_same(served, records, record, look, exporter_of, read_page):
    model = record("Model", "/m", size_bytes=7)
    records.step("trainer", {"model": [model]}, at=0)
    records.step("pusher", {"pushed_model": [record("PushedModel", "/p", pushed=1)]}, {"model": [model]}, at=2)
    records.step("trainer", run="run-2", at=500, failed=True)
    exporter = exporter_of(served[1], quiet_seconds=60)
    exporter.refresh()
    page = of_pipelines(read_page(exporter.page))
    assert page == of_pipelines(look())
    assert page["shipway_artifact_bytes", "taxi", "Model"] == 7


def test_an_outage(served, records, exporter_of, read_page):
    service, address = served
    records.step("trainer", at=0)
    exporter = exporter_of(address, quiet_seconds=60)
    exporter.refresh()
    before = read_page(exporter.page)
    service.stop()
    records.step("trainer", run="run-2", at=500)
    exporter.refresh()
    during = read_page(exporter.page)
    assert of_pipelines(during) == of_pipelines(before)
    assert during["shipway_exporter_errors_total",] == 1
    last = "shipway_exporter_last_refresh_timestamp_seconds"
    assert during[last,] == before[last,]
    service.start()
    assert any(refreshed(exporter, read_page)["shipway_runs_total", "taxi", "SUCCEEDED"] == 2 for _ in range(200))


def refreshed(exporter, read_page):
    """The page after a while: gRPC connects again when it thinks fit."""
    time.sleep(0.05)
    exporter.refresh()
    return read_page(exporter.page)
