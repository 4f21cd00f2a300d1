"""What a card says of a model, and what it says where nothing is known."""

from __future__ import annotations

from typing import Any

import pytest

from shipway.dashboards.pages.cards.card import card_of
from shipway.dashboards.pages.cards.content import Card, Facts, Paragraph, Points, Prose, number
from shipway.dashboards.pages.cards.evidence import NoCard
from shipway.lineage import ArtifactRecord
from shipway.lineage.reviews import record_review

TITLES = ["Model details", "Intended use", "Out-of-scope use", "Training data", "Code", "Evaluation",
          "Metrics by slice", "Known limits", "Ethical considerations", "Verdicts and reviews",
          "Where it was pushed"]  # fmt: skip


def texts(card: Card, key: str) -> list[str]:
    """Everything that a section says, text by text."""
    found: list[str] = []
    for block in next(one for one in card.sections if one.key == key).blocks:
        if isinstance(block, Paragraph | Prose):
            found.append(block.text)
        elif isinstance(block, Points):
            found += block.items
        elif isinstance(block, Facts):
            found += [f"{name}: {value.text}" for name, value in block.pairs]
        else:
            found += [block.caption, *(" | ".join(one.text for one in row) for row in block.rows)]
    return found


def holds(card: Card, key: str, *wanted: str) -> None:
    said = "\n".join(texts(card, key))
    assert [one for one in wanted if one not in said] == [], said


def test_a_model_of_which_everything_is_known(cards: Any) -> None:
    written = {
        "description": "Late flights.",
        "owners": ["Ada", "Grace"],
        "intended_use": "To plan.",
        "out_of_scope": ["Cargo.", "Other airports."],
        "limitations": "Storms.",
        "ethical_considerations": "None of people.",
    }
    model = cards.train(model_card=written)
    cards.look(wrong={"wind_gust": "High drift", "plane": "New column"})
    cards.judge()
    cards.push(pushed=1, pushed_version="7", pushed_destination="/serving/taxi")
    record_review(cards.queries.service, model, True, "Ada", "good enough")
    card = cards.card(model)
    assert [one.title for one in card.sections] == TITLES
    holds(card, "details", "Late flights.", "Owners: Ada, Grace", "Version: 7", "Pipeline: taxi", "Run: run-1",
          "digest of run-1 model")  # fmt: skip
    holds(card, "intended-use", "To plan.", "From custom_config of the step trainer in run run-1.")
    holds(card, "out-of-scope", "Cargo.", "Other airports.")
    holds(card, "training-data", "1-3 | 1,500 | train 1,000, eval 500", "train | 1,000 | 1 | 1", "wind_gust | 25.0%")
    holds(card, "code", "trainer | shipway_components.trainer | /code/taxi.py | digest-of-code")
    holds(card, "evaluation", "Rows: 200", "left out: 3", "Label: late", "auc | 0.81", "Which thresholds were set")
    holds(card, "slices", "origin=EWR | 80 | 0.6", "8 slices are left out")
    holds(card, "limits", "Storms.", "plane: New column; wind_gust: High drift", "3 rows had no label",
          "was not compared", "cannot be read", "can be served was not tried")  # fmt: skip
    holds(card, "ethics", "None of people.")
    holds(card, "decisions", "blessed | auc is too low", "approved | Ada", "good enough")
    holds(card, "pushed", "7 | /serving/taxi")
    assert [one for one in card.problems if "gone" in one]


def test_a_model_of_which_nothing_is_known(cards: Any) -> None:
    model = ArtifactRecord("Model", "/outside")
    cards.task("run-1", "other", {"anything": model}, {})
    card = cards.card(1)
    assert [one.title for one in card.sections] == TITLES
    assert card.problems == []
    holds(
        card, "details", "Nobody wrote down a description", "nobody is named", "came from outside", "none is recorded"
    )
    holds(card, "intended-use", "Nobody wrote down what this model is for.")
    holds(card, "out-of-scope", "Nobody wrote down")
    holds(card, "training-data", "No data is recorded", "No schema is recorded", "no statistics")
    holds(card, "code", "No step is recorded")
    holds(card, "evaluation", "No evaluation of this model is recorded.")
    holds(card, "slices", "No slices")
    holds(card, "limits", "Nobody wrote down limits", "It was not evaluated", "is not recorded", "not tried")
    holds(card, "ethics", "Nobody wrote down")
    holds(card, "decisions", "No step that is recorded judged", "Nobody has approved or rejected")
    holds(card, "pushed", "It was not pushed anywhere.")


def test_data_that_nobody_looked_through(cards: Any) -> None:
    holds(cards.card(cards.train()), "limits", "No statistics were made of Examples 1")
    cards.look()
    holds(cards.card(2), "training-data", "No anomalies were found in Examples 1")
    assert "Examples 1" not in "".join(texts(cards.card(2), "limits"))


def test_a_validation_that_failed(cards: Any) -> None:
    from shipway.lineage import TaskIdentity

    model = cards.train()
    cards.look()
    task = TaskIdentity("taxi", "run-2", "example_validator", "shipway_components.example_validator")
    taken = {"statistics": [cards.record("run-1", "statistics", "ExampleStatistics")]}
    cards.lineage.fail(cards.lineage.begin(task, taken, {}, ""), "wind_gust has drifted.")
    holds(cards.card(model), "limits", "The newest validation of Examples 1", "wind_gust has drifted.")


def test_files_that_are_gone_or_damaged_are_named(cards: Any) -> None:
    model = cards.train()
    cards.look()
    (cards.folder("run-1", "statistics") / "Split-train" / "FeatureStats.pb").write_bytes(b"\xff\xff\xff")
    (cards.folder("run-1", "anomalies") / "Split-train" / "SchemaDiff.pb").write_bytes(b"\xff\xff\xff")
    problems = "\n".join(cards.card(model).problems)
    assert "FeatureStats.pb" in problems
    assert "SchemaDiff.pb" in problems
    (cards.folder("run-1", "anomalies") / "Split-train" / "SchemaDiff.pb").unlink()
    (cards.folder("run-1", "anomalies") / "Split-train" / "SchemaDiff.pb").symlink_to("/etc/hostname")
    assert "leads out" in "\n".join(cards.card(model).problems)
    cards.folder("run-1", "anomalies").rename(cards.folder("run-1", "moved"))
    card = cards.card(model)
    assert f"ExampleAnomalies {cards.id_of('run-1', 'anomalies')} are not there" in "\n".join(card.problems)
    assert "No anomalies" not in "".join(texts(card, "training-data"))


def test_a_push_that_was_refused(cards: Any) -> None:
    model = cards.train()
    cards.judge(blessed=0)
    cards.push(pushed=0, reason="the model is not blessed", pushed_version="3")
    card = cards.card(model)
    holds(card, "pushed", "not pushed: the model is not blessed")
    holds(card, "decisions", "not blessed | auc is too low")
    holds(card, "limits", f"ModelBlessing {cards.id_of('run-1', 'verdict')} says no to it.")
    assert "Version" not in "".join(texts(card, "details"))


def test_what_stands_in_the_models_own_property_counts_first(cards: Any) -> None:
    model = cards.record("run-1", "model", "Model", model_card='{"intended_use": "Its own."}')
    cards.task("run-1", "fit", {}, {"model": model}, custom_config={"model_card": {"intended_use": "The step's."}})
    holds(cards.card(1), "intended-use", "Its own.", "From the property model_card of Model 1.")


@pytest.mark.parametrize("given", ["text", ["list"], 5, None, "{broken", {"unknown": "x"}, {"intended_use": {"a": 1}}])
def test_texts_of_another_shape(cards: Any, given: Any) -> None:
    card = cards.card(cards.train(model_card=given))
    if isinstance(given, dict) and "intended_use" in given:
        holds(card, "intended-use", '{"a": 1}')
    else:
        holds(card, "intended-use", "Nobody wrote down")
        assert [one for one in card.problems if "custom_config" in one]


def test_long_texts_are_cut(cards: Any) -> None:
    card = cards.card(cards.train(model_card={"intended_use": "x" * 30_000}))
    assert "(20,000 more characters)" in texts(card, "intended-use")[0]


def test_many_spans_are_cut_off_in_words(cards: Any) -> None:
    rows = [ArtifactRecord("Examples", f"/rows/{number}", {"span": number}) for number in range(30)]
    model = cards.record("run-1", "model", "Model")
    from shipway.lineage import TaskIdentity

    task = TaskIdentity("taxi", "run-1", "trainer", "a.trainer")
    cards.lineage.complete(cards.lineage.begin(task, {"examples": rows}, {}, ""), {"model": [model]}, {})
    card = cards.card(cards.id_of("run-1", "model"))
    holds(card, "training-data", "The newest 20 of 30.")
    holds(card, "limits", "the newest 6 of 30 Examples")


def test_only_models_have_one(cards: Any) -> None:
    cards.train()
    with pytest.raises(NoCard):
        card_of(cards.home, cards.queries, cards.queries.artifact(1))


def test_numbers() -> None:
    assert [number(one) for one in (None, 0.77812, 109476.0, 5.0, 1e-7)] == [
        "\N{EN DASH}",
        "0.7781",
        "109,476",
        "5",
        "1e-07",
    ]


def test_a_rejection_is_a_limit_until_it_is_taken_back(cards: Any) -> None:
    model = cards.train()
    record_review(cards.queries.service, model, False, "Grace", "unfair")
    holds(cards.card(model), "limits", "It was rejected by Grace.")
    record_review(cards.queries.service, model, True, "Ada", "mended")
    assert "rejected" not in "".join(texts(cards.card(model), "limits"))
