"""What an author wrote of a model, in the card that Kubeflow's pages show."""

import json

import pytest

from shipway.artifacts import Model
from shipway_components.evaluator.author_texts import author_texts
from shipway_components.evaluator.kubeflow_pages import _plain


def paragraphs(written):
    return list(author_texts(Model("/m", metadata={"model_card": written}), _plain))


def test_texts_come_under_their_titles_in_the_order_of_cards():
    card = {"out_of_scope": ["Single passengers.", "Other airports."], "intended_use": "Later connections."}
    assert paragraphs(json.dumps(card)) == [
        "## Intended use",
        r"Later connections.",
        "## Out-of-scope use",
        "- Single passengers.\n- Other airports.",
    ]


def test_marks_in_the_texts_mean_nothing():
    assert paragraphs(json.dumps({"owners": "<b>me</b> [x](y)"}))[1] == r"&lt;b&gt;me&lt;/b&gt; \[x\]\(y\)"


@pytest.mark.parametrize("written", ["", "no JSON", "[1]", "{}", '{"unknown": "x"}', '{"owners": []}', "[" * 100_000])
def test_where_nothing_was_written_there_is_nothing(written):
    assert paragraphs(written) == []
