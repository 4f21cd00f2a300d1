"""Who made and used an artifact, its versions, and what became of models."""

from __future__ import annotations

from typing import Any

from shipway.lineage import Lineage
from shipway.lineage.artifact_uses import makers_of, uses_of
from shipway.lineage.learning import Learning, models_that_learned_from
from shipway.lineage.outcomes import outcomes_of
from shipway.lineage.versions import versions_of


def id_at(lineage: Lineage, uri: str) -> int:
    found = lineage.queries().artifact_by_uri(uri)
    assert found is not None
    return found.id


def test_the_maker_the_cache_and_the_users(make: Any, lineage: Lineage, record: Any) -> None:
    rows = record("Examples", "/e")
    make("run-1", "example_gen", {}, {"examples": [rows]})
    for number in range(2, 6):
        make.cached(f"run-{number}", "example_gen", {}, {"examples": [rows]})
        make(f"run-{number}", "trainer", {"examples": [rows]}, {})
    uses = uses_of(lineage.queries().service, id_at(lineage, "/e"), most=3)
    assert uses.maker is not None
    assert (uses.maker.execution.run_id, uses.maker.key) == ("run-1", "examples")
    assert [one.execution.run_id for one in uses.again] == ["run-5", "run-4", "run-3"]
    assert (uses.again_count, uses.user_count) == (4, 4)
    assert [(one.execution.run_id, one.key) for one in uses.users] == [(f"run-{n}", "examples") for n in (5, 4, 3)]


def test_what_nobody_made(make: Any, lineage: Lineage, record: Any) -> None:
    make("run-1", "trainer", {"examples": [record("Examples", "/from-outside")]}, {})
    uses = uses_of(lineage.queries().service, id_at(lineage, "/from-outside"), most=3)
    assert uses.maker is None
    assert uses.user_count == 1
    nothing = uses_of(lineage.queries().service, 999, most=3)
    assert (nothing.maker, nothing.again_count, nothing.user_count) == (None, 0, 0)
    assert makers_of(lineage.queries().service, [id_at(lineage, "/from-outside"), 999]) == {}


def test_versions_are_of_the_same_task_and_key(make: Any, lineage: Lineage, record: Any) -> None:
    for number in range(1, 8):
        outputs = {"model": [record("Model", f"/m{number}")], "other": [record("Model", f"/o{number}")]}
        make(f"run-{number}", "trainer", {}, outputs)
        make(f"run-{number}", "trainer", {}, {"model": [record("Model", f"/x{number}")]}, pipeline="flights")
    make.cached("run-8", "trainer", {}, {"model": [record("Model", "/m7")]})
    service = lineage.queries().service
    maker = uses_of(service, id_at(lineage, "/m4"), most=1).maker
    assert maker is not None
    found = versions_of(service, maker, each_way=2)
    assert [(one.artifact.uri, one.run_id) for one in found.before] == [("/m3", "run-3"), ("/m2", "run-2")]
    assert [(one.artifact.uri, one.run_id) for one in found.after] == [("/m5", "run-5"), ("/m6", "run-6")]


def test_outcomes_of_models(make: Any, lineage: Lineage, record: Any) -> None:
    first, second = record("Model", "/m1"), record("Model", "/m2")
    make("run-1", "trainer", {}, {"model": [first]})
    make("run-2", "trainer", {}, {"model": [second]})
    verdict = record("ModelBlessing", "/b2", blessed=1)
    judged = {"model": [second], "baseline_model": [first]}
    make("run-2", "evaluator", judged, {"blessing": [verdict], "evaluation": [record("ModelEvaluation", "/v2")]})
    make(
        "run-2",
        "pusher",
        {"model": [second], "model_blessing": [verdict]},
        {"pushed_model": [record("PushedModel", "/p")]},
    )
    make.cached("run-3", "evaluator", judged, {"blessing": [verdict]})
    ids = [id_at(lineage, uri) for uri in ("/m1", "/m2")]
    found = outcomes_of(lineage.queries().service, ids)
    assert ids[0] not in found
    assert [(one.artifact.uri, one.execution.run_id) for one in found[ids[1]]] == [
        ("/b2", "run-2"), ("/v2", "run-2"), ("/p", "run-2"),
    ]  # fmt: skip


def test_models_learn_from_rows_and_not_from_what_is_said_of_them(make: Any, lineage: Lineage, record: Any) -> None:
    rows, schema = record("Examples", "/e1"), record("Schema", "/s")
    make("run-1", "example_gen", {}, {"examples": [rows]})
    make("run-1", "schema_gen", {"examples": [rows]}, {"schema": [schema]})
    make("run-1", "transform", {"examples": [rows]}, {"transformed": [record("Examples", "/t1")]})
    make(
        "run-1",
        "trainer",
        {"examples": [record("Examples", "/t1")], "schema": [schema]},
        {"model": [record("Model", "/m1")]},
    )
    make(
        "run-2",
        "trainer",
        {"examples": [record("Examples", "/e2")], "schema": [schema]},
        {"model": [record("Model", "/m2")]},
    )
    warm = {"examples": [record("Examples", "/e3")], "base_model": [record("Model", "/m1")]}
    make("run-3", "trainer", warm, {"model": [record("Model", "/m3")]})
    judged = {"model": [record("Model", "/m2")], "examples": [rows], "baseline_model": [record("Model", "/m1")]}
    make("run-2", "evaluator", judged, {"blessing": [record("ModelBlessing", "/b2", blessed=1)]})
    make("run-2", "resolver", {"candidate": [record("Model", "/m1")]}, {"model": [record("Model", "/m2")]})
    make.cached(
        "run-4",
        "transform",
        {"examples": [record("Examples", "/e1-copy")]},
        {"transformed": [record("Examples", "/t1")]},
    )
    service = lineage.queries().service

    def models(uri: str) -> list[str]:
        return [one.uri for one in models_that_learned_from(service, id_at(lineage, uri))]

    assert models("/e1") == models("/t1") == models("/e1-copy") == ["/m1", "/m3"]
    assert models("/e2") == ["/m2"]
    assert models("/m1") == ["/m3"]
    assert models("/b2") == []


def test_what_is_remembered_of_learning_is_brought_up_to_date(make: Any, lineage: Lineage, record: Any) -> None:
    rows, first = record("Examples", "/e1"), record("Model", "/m1")
    make("run-1", "trainer", {"examples": [rows]}, {"model": [first]})
    learning, number = Learning(lineage.queries().service), id_at(lineage, "/e1")
    assert learning.models_from(number).models == [id_at(lineage, "/m1")]
    make("run-2", "trainer", {"base_model": [first]}, {"model": [record("Model", "/m2")]})
    make("run-3", "resolver", {}, {"model": [first], "other": [record("Model", "/m3")]})
    make("run-4", "trainer", {"base_model": [record("Model", "/m3")]}, {"model": [record("Model", "/m4")]})
    assert learning.models_from(number).models == [id_at(lineage, "/m1"), id_at(lineage, "/m2")]
    assert learning.models_from(id_at(lineage, "/m3")).models == [id_at(lineage, "/m4")]


def test_who_passes_one_thing_on_has_made_another(make: Any, lineage: Lineage, record: Any) -> None:
    old, rows = record("Model", "/m1"), record("Examples", "/e1")
    make("run-1", "trainer", {}, {"model": [old]})
    make("run-2", "tuner", {"examples": [rows]}, {"best": [old], "model": [record("Model", "/m2")]})
    found = models_that_learned_from(lineage.queries().service, id_at(lineage, "/e1"))
    assert [one.uri for one in found] == ["/m2"]


def test_an_end_to_how_far_learning_is_followed(make: Any, lineage: Lineage, record: Any) -> None:
    rows = record("Examples", "/e1")
    make("run-0", "trainer", {"examples": [rows]}, {"model": [record("Model", "/m0")]})
    for number in range(1, 5):
        base = {"base_model": [record("Model", f"/m{number - 1}")]}
        make(f"run-{number}", "trainer", base, {"model": [record("Model", f"/m{number}")]})
    learning = Learning(lineage.queries().service)
    found = learning.models_from(id_at(lineage, "/e1"), most=2)
    assert (found.models, found.is_whole) == ([id_at(lineage, "/m0"), id_at(lineage, "/m1")], False)
    found = learning.models_from(id_at(lineage, "/e1"))
    assert (len(found.models), found.is_whole) == (5, True)
