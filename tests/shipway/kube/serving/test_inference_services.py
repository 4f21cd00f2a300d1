"""Changing an InferenceService that others write too: its controller all the time, people now and then."""

import pytest

from shipway.kube.serving.faults import ChangedMeanwhile
from shipway.kube.serving.inference_services import InferenceServices

CHANGE = {"spec": {"predictor": {"minReplicas": 3}}}


@pytest.fixture
def services(cluster, push):
    push(1)
    return InferenceServices(cluster)


def written_by_others(objects, **more):
    service = objects.find("inferenceservices", "team-a", "birds")
    objects.put("inferenceservices", {**service, **more})


def test_what_the_controller_writes_stands_in_nobodys_way(services, objects):
    before = services.find("team-a", "birds")
    written_by_others(objects, status={"conditions": [{"type": "Ready", "status": "False"}]})
    services.patch("team-a", "birds", CHANGE, before)
    assert services.find("team-a", "birds")["spec"]["predictor"]["minReplicas"] == 3


@pytest.mark.parametrize("field", ["annotations", "labels"])
def test_what_a_person_or_another_push_wrote_is_not_written_over(services, objects, field):
    before = services.find("team-a", "birds")
    metadata = {**before["metadata"], field: {**before["metadata"].get(field, {}), "team": "b"}}
    written_by_others(objects, metadata=metadata)
    with pytest.raises(ChangedMeanwhile, match="run again"):
        services.patch("team-a", "birds", CHANGE, before)
    assert services.find("team-a", "birds")["spec"]["predictor"].get("minReplicas") != 3


def test_a_spec_of_somebody_elses_is_not_written_over(services, objects):
    before = services.find("team-a", "birds")
    written_by_others(objects, spec={**before["spec"], "predictor": {**before["spec"]["predictor"], "maxReplicas": 9}})
    with pytest.raises(ChangedMeanwhile):
        services.patch("team-a", "birds", CHANGE, before)


def test_a_controller_that_never_rests_does_not_hold_a_push_for_ever(services, objects, cluster, monkeypatch):
    before = services.find("team-a", "birds")
    tried = []

    def overtaken(path, change, doing):
        tried.append(change)
        written_by_others(objects, status={"round": len(tried)})
        return patch(path, change, doing=doing)

    patch = cluster.patch
    monkeypatch.setattr(type(cluster), "patch", lambda self, *given, **named: overtaken(*given, **named))
    with pytest.raises(ChangedMeanwhile):
        services.patch("team-a", "birds", CHANGE, before)
    assert len(tried) == 5
