"""Versions: one for each content, whoever uploads it and how often."""

import threading

import pytest

from shipway.kube.pipelines.connection import connect
from shipway.kube.pipelines.faults import PipelinesTrouble
from shipway.kube.pipelines.names import UnknownName
from shipway.kube.pipelines.package import Package
from shipway.kube.pipelines.versions import find_version, upload
from shipway.settings import ClusterAddress


def other(package):
    return Package({**package.spec, "schemaVersion": "2.1.1"})


def test_a_pipeline_and_its_first_version_are_made(pipelines, api, package):
    version = upload(api, package, "For Monday.")
    assert version.is_new
    assert [one["display_name"] for one in pipelines.pipelines.values()] == ["hello"]
    kept = pipelines.versions[version.version_id]
    assert kept["display_name"] == version.name == package.version_name
    assert kept["pipeline_spec"] == package.spec
    assert kept["description"].startswith("For Monday. Shipway ")
    assert package.digest in kept["description"]


def test_the_same_content_finds_its_version(pipelines, api, package):
    first = upload(api, package)
    again = upload(api, package)
    assert not again.is_new
    assert again.version_id == first.version_id
    assert len(pipelines.versions) == 1


def test_other_content_is_another_version_of_the_same_pipeline(pipelines, api, package):
    upload(api, package)
    assert upload(api, other(package)).is_new
    assert len(pipelines.pipelines) == 1
    assert len(pipelines.versions) == 2


def test_a_version_is_found_among_more_than_a_page(pipelines, api, package):
    first = upload(api, package)
    for number in range(250):
        more = {**pipelines.versions[first.version_id], "display_name": f"hello-{number}"}
        pipelines.versions[f"more-{number}"] = more
    assert not upload(api, package).is_new


def test_both_documents_are_uploaded(pipelines, api, package):
    placed = Package(package.spec, {"platforms": {"kubernetes": {"deploymentSpec": {}}}})
    version = upload(api, placed)
    assert find_version(api, version.name) == (upload(api, placed), placed)


@pytest.mark.parametrize("kind", ["pipeline", "version"])
def test_who_comes_second_takes_what_the_first_has_made(pipelines, api, package, kind):
    rival = connect(ClusterAddress(pipelines.endpoint))
    made = []

    def quicker(what):
        if what == kind and not made:
            made.append(None)
            made[0] = upload(rival, package)

    pipelines.before_creating = quicker
    version = upload(api, package)
    assert (version.version_id, version.is_new) == (made[0].version_id, False)
    assert len(pipelines.pipelines) == len(pipelines.versions) == 1


def test_many_at_once_make_one(pipelines, package):
    found = []

    def uploading():
        found.append(upload(connect(ClusterAddress(pipelines.endpoint)), package))

    threads = [threading.Thread(target=uploading) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.version_id for one in found}) == len(pipelines.versions) == 1
    assert sum(one.is_new for one in found) == 1


def test_an_upload_that_was_cut_off_after_the_pipeline_is_completed(pipelines, api, package):
    pipelines.answer_badly(500, '{"error_message": "Failed to create a pipeline version"}', paths="upload_version")
    with pytest.raises(PipelinesTrouble, match="Failed to create a pipeline version"):
        upload(api, package)
    pipelines.bad_answer = None
    assert upload(api, package).is_new
    assert len(pipelines.pipelines) == 1


def test_a_version_by_its_id_and_by_the_name_of_its_pipeline(api, package):
    version = upload(api, package)
    for text, pipeline in ((version.version_id, ""), (version.name, ""), (version.name, "hello")):
        found, content = find_version(api, text, pipeline)
        assert (found.version_id, found.pipeline, content) == (version.version_id, "hello", package)


def test_an_unknown_version_names_the_nearest(api, package):
    version = upload(api, package)
    with pytest.raises(UnknownName) as fault:
        find_version(api, version.name[:-1] + "x")
    assert f"did you mean {version.name!r}?" in str(fault.value)


def test_an_unknown_pipeline_names_the_nearest(api, package):
    upload(api, package)
    with pytest.raises(UnknownName, match=r"no pipeline 'helo' \(did you mean 'hello'\?\).*shipway upload"):
        find_version(api, "helo-1234")


def test_an_unknown_id(api, package):
    upload(api, package)
    with pytest.raises(UnknownName, match="no version '00000000-0000-0000-0000-000000000000'; 'shipway upload"):
        find_version(api, "00000000-0000-0000-0000-000000000000")


def test_where_several_users_share_it_a_pipeline_belongs_to_one(pipelines, package):
    pipelines.multi_user = True
    for team in ("team-a", "team-b"):
        assert upload(connect(ClusterAddress(pipelines.endpoint, kfp_namespace=team)), package).is_new
    assert {one["namespace"] for one in pipelines.pipelines.values()} == {"team-a", "team-b"}
