"""Finding what earlier runs made."""

import pytest

from shipway.artifacts import Artifact, ExampleStatistics, InfraBlessing, Model, ModelBlessing, Schema
from shipway.errors import UsageError
from shipway.step import StepContext
from shipway_components.resolver import (
    latest_artifact_resolver,
    latest_blessed_model_resolver,
    latest_model_resolver,
    previous_statistics_resolver,
)


def bless(history, model, blessed=1, pipeline="flights"):
    blessing = history.make(ModelBlessing, blessed=blessed)
    history.ran({"blessing": blessing}, {"model": model}, pipeline)


def trained(history, content="", pipeline="flights", **properties):
    model = history.make(Model, content, **properties)
    history.ran({"model": model}, pipeline=pipeline)
    return model


def blessed_model(context, candidate=None, pipeline=""):
    model = Model("/nowhere")
    latest_blessed_model_resolver.function(model=model, context=context, candidate=candidate, pipeline=pipeline)
    return model


def test_before_the_first_blessed_model_there_is_none(history, context):
    bless(history, trained(history), blessed=0)
    model = blessed_model(context)
    assert model.metadata == {"resolved": 0}
    assert model.uri == "/nowhere"


def test_the_newest_blessed_model_is_pointed_to(history, context):
    old, new = trained(history), trained(history)
    bless(history, old)
    bless(history, new)
    bless(history, trained(history), blessed=0)
    model = blessed_model(context)
    assert model.uri == new.uri
    assert model.metadata["digest"]
    assert "resolved" not in model.metadata


def test_the_candidate_is_never_its_own_baseline_even_as_a_copy(history, context):
    old = trained(history, "old weights")
    bless(history, old)
    candidate = trained(history, "new weights")
    bless(history, candidate)
    assert blessed_model(context).uri == candidate.uri
    copy = history.make(Model, "new weights")
    assert blessed_model(context, candidate=copy).uri == old.uri


def test_a_model_that_could_not_be_served_does_not_count(history, context):
    old, new = trained(history), trained(history)
    for model in (old, new):
        bless(history, model)
    history.ran({"blessing": history.make(InfraBlessing, blessed=0)}, {"model": new})
    assert blessed_model(context).uri == old.uri


def test_only_the_own_pipeline_unless_another_is_named(history, context):
    foreign = trained(history, pipeline="taxi")
    bless(history, foreign, pipeline="taxi")
    assert blessed_model(context).metadata == {"resolved": 0}
    assert blessed_model(context, pipeline="taxi").uri == foreign.uri
    assert blessed_model(context, pipeline="*").uri == foreign.uri


def test_the_answer_is_cached_while_it_is_the_same(history, context):
    def answer(candidate):
        return latest_blessed_model_resolver.reads(
            lineage=context.lineage, candidate=candidate, pipeline="", pipeline_name="flights"
        )

    first = trained(history, "first weights")
    nothing = answer(first)
    bless(history, first)
    assert answer(first) == nothing
    second = trained(history, "second weights")
    found = answer(second)
    assert found != nothing
    bless(history, second)
    assert answer(second) == found
    assert answer(trained(history, "third weights")) != found


def test_without_a_store_nothing_is_found(tmp_path):
    context = StepContext("flights", "run", "resolver", tmp_path)
    assert blessed_model(context).metadata == {"resolved": 0}
    reads = latest_blessed_model_resolver.reads
    assert reads(lineage=None, candidate=None, pipeline="") == reads(lineage=None, candidate=None, pipeline="")


def test_the_newest_model_may_be_unblessed(history, context):
    trained(history)
    new = trained(history)
    model = Model("/nowhere")
    latest_model_resolver.function(model=model, context=context)
    assert model.uri == new.uri


def test_the_newest_artifact_of_a_type_under_a_name(history, context):
    schema, other = history.make(Schema), history.make(Schema)
    history.ran({"schema": schema})
    history.ran({"post_transform_schema": other})
    found = [Artifact("/nowhere"), Artifact("/nowhere")]
    latest_artifact_resolver.function(artifact=found[0], context=context, artifact_type="Schema")
    latest_artifact_resolver.function(artifact=found[1], context=context, artifact_type="Schema", output_key="schema")
    assert [one.uri for one in found] == [other.uri, schema.uri]
    with pytest.raises(UsageError, match=r"There is no artifact type 'Scheme': the types are .*'Schema'"):
        latest_artifact_resolver.function(artifact=Artifact("/nowhere"), context=context, artifact_type="Scheme")


def statistics_before(history, context, current):
    previous = ExampleStatistics("/nowhere")
    previous_statistics_resolver.function(statistics=current, previous_statistics=previous, context=context)
    return previous


def test_the_span_before_is_the_nearest_earlier_one(history, context):
    by_span = {}
    for span in (3, 1, 7):
        by_span[span] = history.make(ExampleStatistics, span=span)
        history.ran({"statistics": by_span[span]})
    assert statistics_before(history, context, by_span[7]).uri == by_span[3].uri
    assert statistics_before(history, context, by_span[3]).uri == by_span[1].uri
    assert statistics_before(history, context, by_span[1]).metadata == {"resolved": 0}


def test_without_spans_it_is_what_the_last_run_saw(history, context):
    last = history.make(ExampleStatistics, "last")
    current = history.make(ExampleStatistics, "current")
    for statistics in (last, current):
        history.ran({"statistics": statistics})
    assert statistics_before(history, context, current).uri == last.uri


@pytest.mark.parametrize("spans", [(1, 2, 3), (0, 0, 0)], ids=["by span", "without spans"])
def test_what_a_validation_refused_is_no_baseline(history, context, spans):
    good, bad, current = (history.make(ExampleStatistics, span=span) for span in spans)
    for statistics, refused in ((good, False), (bad, True)):
        history.ran({"statistics": statistics})
        history.validated(statistics, refused=refused)
    history.ran({"statistics": current})
    assert statistics_before(history, context, current).uri == good.uri
    history.validated(bad, refused=False)
    assert statistics_before(history, context, current).uri == bad.uri


def test_where_all_was_refused_there_is_no_baseline(history, context):
    bad, current = history.make(ExampleStatistics), history.make(ExampleStatistics)
    history.ran({"statistics": bad})
    history.validated(bad, refused=True)
    assert statistics_before(history, context, current).metadata == {"resolved": 0}
