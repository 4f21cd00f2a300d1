"""People's decisions on models: recorded whole, counted by what chooses models, passed over by what counts runs."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import Lineage
from shipway.lineage.following import Feed
from shipway.lineage.learning import models_that_learned_from
from shipway.lineage.neighbourhood import neighbourhood
from shipway.lineage.reviews import NotAModel, is_rejected, record_review, reviews_of
from shipway.lineage.upkeep.checking import check_store

HOSTILE = "<script>alert(1)</script> | `x` \u202e\u05e9\u05dc\u05d5\u05dd " + "y" * 2_000


@pytest.fixture
def service(lineage: Lineage) -> Any:
    return lineage.queries().service


@pytest.fixture
def train(make: Any, record: Any, lineage: Lineage) -> Any:
    """Trains the model of a run, and evaluates it as blessed; gives the model's id."""

    def trained(run: str) -> int:
        rows, model = record("Examples", f"/e-{run}"), record("Model", f"/m-{run}")
        make(run, "example_gen", {}, {"examples": [rows]})
        make(run, "trainer", {"examples": [rows]}, {"model": [model]})
        blessing = record("ModelBlessing", f"/b-{run}", blessed=1)
        make(run, "evaluator", {"model": [model], "examples": [rows]}, {"blessing": [blessing]})
        return lineage.queries().artifact_by_uri(f"/m-{run}").id

    return trained


def test_a_decision_is_kept_as_it_was_made(train: Any, service: Any) -> None:
    first, other = train("run-1"), train("run-2")
    made = record_review(service, first, True, "Ada", HOSTILE)
    assert (made.model_id, made.approved, made.by, made.reason) == (first, True, "Ada", HOSTILE)
    assert made.decided_ms > 0
    assert reviews_of(service, [first, other]) == {first: [made], other: []}
    assert reviews_of(service, []) == {}


def test_the_newest_decision_comes_first_and_counts(train: Any, service: Any) -> None:
    model = train("run-1")
    assert not is_rejected(service, model)
    approved = record_review(service, model, True, "Ada", "good")
    rejected = record_review(service, model, False, "Grace", "bad for EWR")
    assert reviews_of(service, [model])[model] == [rejected, approved]
    assert is_rejected(service, model)
    record_review(service, model, True, "Ada", "good after all")
    assert not is_rejected(service, model)


def test_only_models_are_decided_on(train: Any, service: Any, lineage: Lineage) -> None:
    model = train("run-1")
    rows = lineage.queries().artifact_by_uri("/e-run-1").id
    before = len(lineage.queries().artifacts())
    with pytest.raises(NotAModel, match="'Examples'"):
        record_review(service, rows, True, "Ada", "why not")
    with pytest.raises(NotAModel, match="no artifact 999"):
        record_review(service, 999, True, "Ada", "why not")
    assert len(lineage.queries().artifacts()) == before
    assert reviews_of(service, [rows, model, 999]) == {rows: [], model: [], 999: []}


def test_two_decisions_at_once_are_both_kept(train: Any, store: Path) -> None:
    model = train("run-1")
    ready = threading.Barrier(4)

    def decide(number: int) -> None:
        with Lineage.open(store) as own:
            ready.wait()
            record_review(own.queries().service, model, number % 2 == 0, f"person {number}", "because")

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with Lineage.open(store) as own:
        found = reviews_of(own.queries().service, [model])[model]
    assert sorted(one.by for one in found) == [f"person {number}" for number in range(4)]
    assert [one.artifact_id for one in found] == sorted((one.artifact_id for one in found), reverse=True)


def test_a_rejected_model_is_no_latest_blessed_model(train: Any, service: Any, lineage: Lineage) -> None:
    old, new = train("run-1"), train("run-2")

    def latest() -> int | None:
        found = lineage.queries().latest_blessed_model("taxi")
        return found.id if found else None

    assert latest() == new
    record_review(service, new, False, "Ada", "no")
    assert latest() == old
    record_review(service, old, False, "Ada", "no")
    assert latest() is None
    record_review(service, new, True, "Ada", "yes")
    assert latest() == new


def test_the_resolver_is_asked_again_after_a_decision(train: Any, service: Any, lineage: Lineage) -> None:
    from shipway_components.resolver import latest_blessed_model_resolver

    train("run-1")
    newest = train("run-2")

    def fingerprint() -> str:
        return latest_blessed_model_resolver.reads(
            lineage=lineage.queries(), candidate=None, pipeline="", pipeline_name="taxi"
        )

    before = fingerprint()
    record_review(service, newest, True, "Ada", "yes")
    assert fingerprint() == before
    record_review(service, newest, False, "Ada", "no")
    assert fingerprint() != before
    record_review(service, newest, True, "Ada", "yes")
    assert fingerprint() == before


def test_a_decision_is_of_the_pipeline_and_of_no_run(train: Any, service: Any, lineage: Lineage) -> None:
    from shipway.lineage.calls import context_by_name, executions_of_context

    model = train("run-1")
    runs, executions = lineage.queries().runs(), lineage.queries().run("run-1")
    made = record_review(service, model, True, "Ada", "good")
    assert lineage.queries().runs() == runs
    assert lineage.queries().run("run-1") == executions
    context = context_by_name(service, "pipeline", "taxi")
    assert context is not None
    assert next(one.type for one in executions_of_context(service, context.id)) == "shipway.lineage.reviews"
    assert lineage.queries().artifact(made.artifact_id).metadata == {"approved": 1, "by": "Ada", "reason": "good"}


def test_a_model_from_outside_has_decisions_too(make: Any, record: Any, service: Any, lineage: Lineage) -> None:
    make("run-1", "evaluator", {"model": [record("Model", "/outside")]}, {})
    model = lineage.queries().artifact_by_uri("/outside").id
    assert reviews_of(service, [model]) == {model: []}
    record_review(service, model, False, "Ada", "nobody knows where it is from")
    assert is_rejected(service, model)


def test_who_follows_the_store_takes_it_for_no_step(train: Any, service: Any) -> None:
    from shipway.exporter.ledger import Ledger

    def page(*parts: Any) -> list[Any]:
        ledger = Ledger(1)
        for one in parts:
            ledger.take(one)
        return [(one.name, [tuple(sample) for sample in one.samples]) for one in ledger.sheet(0).families()]

    model = train("run-1")
    before = page(*Feed(service).changes())
    record_review(service, model, True, "Ada", "good")
    assert page(*Feed(service).changes()) == before


def test_the_lineage_has_it_and_stays_sound(train: Any, service: Any, lineage: Lineage, store: Path) -> None:
    from shipway.lineage.database import Database

    model = train("run-1")
    rows = lineage.queries().artifact_by_uri("/e-run-1").id
    made = record_review(service, model, True, "Ada", "good")
    around = neighbourhood(service, model, up=False, down=True, depth=1, most=100).graph
    (step,) = around.producers_of(made.artifact_id)
    assert [one.id for one in around.inputs_of(step.id)] == [model]
    assert (step.task, step.run_id, step.state, step.parameters["by"]) == ("review", "", "COMPLETE", "Ada")
    assert [one.id for one in models_that_learned_from(service, rows)] == [model]
    assert check_store(Database.of_file(store)) == []


def test_a_decision_keeps_a_model_as_a_use_of_it_does(train: Any, service: Any, lineage: Lineage) -> None:
    model = train("run-1")
    before = lineage.queries().usage([model])[model]
    made = record_review(service, model, True, "Ada", "good")
    after = lineage.queries().usage([model])[model]
    assert after.last_ms >= before.last_ms
    assert made.decided_ms >= after.last_ms
    assert lineage.queries().artifact(made.artifact_id).uri == ""


def test_the_command_line_draws_it(train: Any, service: Any, lineage: Lineage) -> None:
    from shipway.cli.lineage_tree import tree_down

    model = train("run-1")
    made = record_review(service, model, False, "Ada", "no")
    lines = tree_down(lineage.queries().downstream(model))
    assert lines[-2:] == [
        "└─ review  (outside of runs)",
        f"   └─ review: ModelReview {made.artifact_id}  (approved 0, by Ada)",
    ]
