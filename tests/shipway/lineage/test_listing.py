"""Artifacts page by page, as a search index reads them."""

from __future__ import annotations

from typing import Any

from shipway.lineage import Lineage
from shipway.lineage.listing import last_changed_pages, newest_pages, recorded_artifacts


def test_every_artifact_comes_once_newest_first(make: Any, lineage: Lineage, record: Any) -> None:
    make("run", "many", {}, {"examples": [record("Examples", f"/e{number}") for number in range(230)]})
    service = lineage.queries().service
    ids = [one.id for page in newest_pages(service) for one in page]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 230
    assert [one.id for page in newest_pages(service, below=ids[100]) for one in page] == ids[101:]
    assert {one.id for page in last_changed_pages(service) for one in page} == set(ids)
    assert recorded_artifacts(service, [ids[0], 10**9]).keys() == {ids[0]}


def test_what_changed_last_comes_first(make: Any, lineage: Lineage, record: Any) -> None:
    make("run", "many", {}, {"examples": [record("Examples", f"/e{number}") for number in range(150)]})
    service = lineage.queries().service
    oldest = min(one.id for page in newest_pages(service) for one in page)
    lineage.mark_deleted([oldest])
    first = next(iter(last_changed_pages(service)))[0]
    assert (first.id, first.state) == (oldest, "DELETED")


def test_an_empty_store(lineage: Lineage) -> None:
    service = lineage.queries().service
    assert list(newest_pages(service)) == list(last_changed_pages(service)) == []
