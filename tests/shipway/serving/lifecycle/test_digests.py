"""A version is loaded only if it is what was pushed."""

import json
import os

import pytest

from shipway.artifacts import digest_tree
from shipway.serving.faults import Code
from shipway.serving.lifecycle import digests
from shipway.serving.lifecycle.digests import BrokenRecord, DigestCheck, NoRecord, RecordAwaited, WrongDigest, record_of
from shipway_components.pusher.destination import FolderDestination


@pytest.fixture
def pushed(tmp_path):
    """A version as the Pusher writes it."""
    model = tmp_path / "model"
    (model / "variables").mkdir(parents=True)
    (model / "saved_model.pb").write_text("graph")
    (model / "variables" / "data").write_text("weights")
    version = FolderDestination(str(tmp_path / "served")).push(model, "model's uri", "increment").version
    return tmp_path / "served" / str(version)


@pytest.fixture(params=[False, True])
def check(request):
    return DigestCheck(requires_record=request.param)


def test_what_was_pushed_passes(pushed, check):
    check.check(pushed)


def test_files_that_were_changed_are_refused(pushed, check):
    check.check(pushed)
    (pushed / "variables" / "data").write_text("others!")
    with pytest.raises(WrongDigest, match=r"The files in '.*served/1' have the digest \w{12} and \w{12} was pushed"):
        check.check(pushed)


def test_a_file_that_was_added_is_refused(pushed, check):
    (pushed / "extra.so").touch()
    with pytest.raises(WrongDigest):
        check.check(pushed)


def test_a_change_that_hides_its_time_is_seen(pushed, check):
    file = pushed / "saved_model.pb"
    before = file.stat()
    check.check(pushed)
    file.write_text("grapH")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(WrongDigest):
        check.check(pushed)


def test_a_version_without_a_record_passes_unless_records_are_required(pushed):
    record_of(pushed).unlink()
    DigestCheck(requires_record=False).check(pushed)
    with pytest.raises(NoRecord, match=r"no digest in '.*\.shipway/1\.json', which --require_digest asks for: push"):
        DigestCheck(requires_record=True).check(pushed)


def test_a_record_that_is_missing_beside_others_is_awaited(pushed, check, tmp_path):
    record_of(pushed).unlink()
    with pytest.raises(RecordAwaited):
        check.check(pushed, is_patient=True)
    foreign = tmp_path / "foreign" / "1"
    foreign.mkdir(parents=True)
    DigestCheck(requires_record=False).check(foreign, is_patient=True)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"digest": 5}', '{"digest": ""}'])
def test_a_record_that_holds_no_digest_is_named(pushed, check, text):
    record_of(pushed).write_text(text)
    with pytest.raises(BrokenRecord, match=r"record '.*1\.json' holds no digest: push the model again"):
        check.check(pushed)


def test_files_are_read_again_only_when_they_may_have_changed(pushed, monkeypatch):
    read = []

    def counting(folder):
        read.append(folder)
        return digest_tree(folder)

    monkeypatch.setattr(digests, "digest_tree", counting)
    check = DigestCheck(requires_record=True)
    for _ in range(3):
        check.check(pushed)
    assert read == [pushed]
    (pushed / "saved_model.pb").write_text("graph")
    check.check(pushed)
    assert read == [pushed, pushed]


def test_a_changed_version_is_not_loaded_and_one_that_is_restored_is(workplace, run):
    async def scenario():
        folder = workplace.put(1, 10)
        record = record_of(folder)
        record.parent.mkdir()
        record.write_text(json.dumps({"version": 1, "digest": digest_tree(folder), "model": ""}))
        (folder / "factor.txt").write_text("666")
        await workplace.start(require_digest=True, load_retries=5, retry_seconds=60)
        await workplace.until_ended(1)
        assert workplace.runtime.tries == []
        status = workplace.catalog.models["m"].statuses[1]
        assert status.code is Code.FAILED_PRECONDITION
        assert "they have been changed or are incomplete" in status.message
        (folder / "factor.txt").write_text("10")
        await workplace.until_available(1)
        assert await workplace.ask() == 10.0

    run(scenario)


def test_a_record_that_comes_a_moment_later_is_waited_for(workplace, run):
    async def scenario():
        folder = workplace.put(1)
        await workplace.start(require_digest=True)
        await workplace.until(lambda: workplace.states().get(1) == "LOADING")
        record = record_of(folder)
        record.parent.mkdir()
        record.write_text(json.dumps({"version": 1, "digest": digest_tree(folder), "model": ""}))
        await workplace.until_available(1)
        assert workplace.recorder.reasons == []

    run(scenario)


def test_a_version_that_nobody_vouches_for_is_refused_in_the_end(workplace, run, monkeypatch):
    monkeypatch.setattr("shipway.serving.lifecycle.workshop.RECORD_SECONDS", 0.05)

    async def scenario():
        workplace.put(1)
        await workplace.start(require_digest=True, load_retries=5)
        await workplace.until_ended(1)
        assert "which --require_digest asks for" in workplace.catalog.models["m"].statuses[1].message
        assert len(workplace.recorder.reasons) == 1

    run(scenario)
