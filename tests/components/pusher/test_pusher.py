"""Pushing into a folder that a model server watches."""

import errno
import json
import multiprocessing
import os
import shutil
import time
from pathlib import Path

import pytest

from shipway.artifacts import InfraBlessing, Model, ModelBlessing, PushedModel
from shipway.artifacts.publish import StorageUnwritable
from shipway.errors import EnvironmentFault, InputError, UsageError
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.step import StepContext
from shipway_components.pusher import pusher
from shipway_components.pusher.destination import FolderDestination

CONTEXT = StepContext("flights", "run-1", "pusher", Path("/nowhere"))


def make_model(folder, content="weights"):
    model = Model(str(folder))
    (model.serving_path / "variables").mkdir(parents=True)
    (model.serving_path / "saved_model.pb").write_text("graph")
    (model.serving_path / "variables" / "variables.data").write_text(content)
    return model


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "model")


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "serving" / "flights"


@pytest.fixture
def push(tmp_path, destination):
    pushes = 0

    def push_model(model, **more):
        nonlocal pushes
        pushes += 1
        pushed = PushedModel(str(tmp_path / f"pushed-{pushes}"))
        pushed.path.mkdir()
        pusher.function(model=model, pushed_model=pushed, context=CONTEXT, **{"destination": str(destination), **more})
        return pushed

    return push_model


def blessing(folder, kind, file, **metadata):
    made = kind(str(folder), metadata=metadata)
    made.path.mkdir()
    (made.path / file).write_text("")
    return made


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_version_is_a_whole_copy_of_what_is_served(model, push, destination):
    before = int(time.time())
    pushed = push(model)
    version = pushed.pushed_version
    assert before <= int(version) <= time.time()
    assert pushed.pushed_destination == str(destination)
    assert pushed.metadata["pushed"] == 1
    assert "reason" not in pushed.metadata
    assert files(destination / version) == ["saved_model.pb", "variables/variables.data"]
    assert files(destination / version) == files(model.serving_path)
    assert json.loads((pushed.path / "pushed_model.json").read_text())["pushed_version"] == version


def test_the_same_model_is_pushed_once_and_another_gets_a_higher_version(model, push, destination, tmp_path):
    first = push(model)
    copy = Model(str(tmp_path / "copy"))
    shutil.copytree(model.path, copy.path)
    again = push(copy)
    assert again.pushed_version == first.pushed_version
    assert again.metadata["reason"] == f"this model is there already as version {first.pushed_version}"
    other = push(make_model(tmp_path / "other", "better weights"))
    assert int(other.pushed_version) > int(first.pushed_version)
    assert FolderDestination(str(destination)).versions() == [int(first.pushed_version), int(other.pushed_version)]


def test_versions_count_up_from_the_highest_that_ever_was(model, push, destination, tmp_path):
    assert push(model, versioning="increment").pushed_version == "1"
    (destination / "41").mkdir()
    (destination / "latest").mkdir()
    assert push(make_model(tmp_path / "b", "b"), versioning="increment").pushed_version == "42"
    shutil.rmtree(destination / "42")
    assert push(make_model(tmp_path / "c", "c"), versioning="increment").pushed_version == "43"
    (destination / "99999999999").mkdir()
    assert push(make_model(tmp_path / "d", "d")).pushed_version == "100000000000"


def test_what_others_put_there_is_recognised_and_what_was_changed_is_not(model, push, destination):
    shutil.copytree(model.serving_path, destination / "7")
    assert push(model).pushed_version == "7"
    (destination / "7" / "saved_model.pb").write_text("damaged")
    assert int(push(model).pushed_version) > 7


@pytest.mark.parametrize(
    ("file", "metadata", "reason"),
    [
        (
            "NOT_BLESSED",
            {"reasons": '["auc 0.6 overall is below 0.7"]'},
            "the model is not blessed: auc 0.6 overall is below 0.7",
        ),
        ("NOT_BLESSED", {}, "the model is not blessed"),
    ],
)  # fmt: skip
def test_a_model_that_is_not_blessed_stays_where_it_is(model, push, destination, tmp_path, file, metadata, reason):
    pushed = push(model, model_blessing=blessing(tmp_path / "blessing", ModelBlessing, file, **metadata))
    assert pushed.metadata == {"pushed": 0, "reason": reason}
    assert not destination.exists()


def test_a_destination_that_cannot_be_made_is_named(model, push):
    with pytest.raises(StorageUnwritable, match="Cannot write to '/proc/nowhere'"):
        push(model, destination="/proc/nowhere")


def test_both_blessings_have_to_say_yes(model, push, destination, tmp_path):
    blessed = blessing(tmp_path / "a", ModelBlessing, "BLESSED")
    refused = blessing(tmp_path / "b", InfraBlessing, "INFRA_NOT_BLESSED")
    assert (
        push(model, model_blessing=blessed, infra_blessing=refused)
        .metadata["reason"]
        .startswith("the model is not infra-blessed")
    )
    assert not destination.exists()
    able = blessing(tmp_path / "c", InfraBlessing, "INFRA_BLESSED")
    assert push(model, model_blessing=blessed, infra_blessing=able).metadata["pushed"] == 1


def test_tfxs_form_of_the_destination(model, push, tmp_path):
    base = tmp_path / "tfx"
    pushed = push(model, destination="", push_destination={"filesystem": {"base_directory": str(base)}})
    assert (base / pushed.pushed_version / "saved_model.pb").is_file()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"destination": ""}, "has no destination"),
        ({"push_destination": {"filesystem": {"base_directory": "/x"}}}, "has two destinations"),
        ({"destination": "", "push_destination": {"gcs": "b"}}, 'does not understand push_destination={"gcs": "b"}'),
        ({"versioning": "date"}, "no versioning 'date' for the pusher: it is one of 'timestamp', 'increment'"),
    ],
)
def test_parameters_that_say_nothing_useful_are_named(model, push, more, sentence):
    with pytest.raises(UsageError) as caught:
        push(model, **more)
    assert sentence in str(caught.value)


def test_a_model_without_a_saved_model_is_named(push, tmp_path):
    with pytest.raises(InputError, match="has no SavedModel in 'Format-Serving'"):
        push(Model(str(tmp_path)))


def test_a_destination_that_cannot_be_written_to_is_named(model, push, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(EnvironmentFault, match="is a file: choose a folder"):
        push(model, destination=str(file))
    with pytest.raises(EnvironmentFault, match="Cannot write to"):
        push(model, destination=str(file / "below"))


def test_a_full_disk_leaves_nothing_half_written(model, push, destination, monkeypatch):
    copied = []

    def copyfile(source, target):
        copied.append(target)
        if len(copied) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        target.write_bytes(source.read_bytes())

    with monkeypatch.context() as patch:
        patch.setattr("shipway_components.pusher.destination.shutil.copyfile", copyfile)
        with pytest.raises(EnvironmentFault, match="No space is left on the disk"):
            push(model)
    assert len(copied) == 2
    assert [path.name for path in destination.iterdir()] == [".shipway"]
    assert push(model).metadata["pushed"] == 1


def test_what_a_killed_push_left_is_removed(model, push, destination):
    stale = destination / ".partial-1700000000-abc"
    stale.mkdir(parents=True)
    (stale / "saved_model.pb").write_text("half")
    push(model)
    assert not stale.exists()


def push_in_a_process(model_path, destination):
    FolderDestination(destination).push(Model(model_path).serving_path, model_path, "increment")


def test_pushes_at_the_same_time_get_versions_of_their_own(destination, tmp_path):
    models = [make_model(tmp_path / f"m{number}", f"weights {number}") for number in range(4)]
    fork = multiprocessing.get_context("fork")
    processes = [
        fork.Process(target=push_in_a_process, args=(str(model.path), str(destination)))
        for model in (*models, models[0])
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    assert FolderDestination(str(destination)).versions() == [1, 2, 3, 4]
    contents = {(destination / str(v) / "variables" / "variables.data").read_text() for v in (1, 2, 3, 4)}
    assert contents == {f"weights {number}" for number in range(4)}


def test_a_cached_push_is_redone_when_somebody_removed_it(model, push, destination, tmp_path):
    lineage = Lineage.open(tmp_path / "metadata.db")

    def fingerprint():
        return pusher.reads(lineage=lineage.queries(), model=model, destination=str(destination), push_destination={})

    def push_and_record(number):
        pushed = push(model, versioning="increment")
        task = TaskIdentity("flights", f"run-{number}", "pusher", "shipway_components.pusher")
        execution = lineage.begin(task, {}, {}, "key")
        lineage.complete(
            execution, {"pushed_model": [ArtifactRecord("PushedModel", pushed.uri, dict(pushed.metadata))]}, {}
        )

    before = fingerprint()
    push_and_record(1)
    assert fingerprint() == before
    shutil.rmtree(destination / "1")
    lost = fingerprint()
    assert lost != before
    push_and_record(2)
    assert fingerprint() == lost
    shutil.rmtree(destination)
    assert fingerprint() not in (before, lost)
    lineage.close()


def test_a_push_from_another_folder_goes_elsewhere(model, tmp_path, monkeypatch):
    def fingerprint():
        return pusher.reads(lineage=None, model=model, destination="serving", push_destination={})

    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    here = fingerprint()
    assert fingerprint() == here
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert fingerprint() != here
