"""A step that fails on purpose and leaves what it found out."""

import errno
import json

import pytest

from shipway.artifacts import ExampleAnomalies, Files
from shipway.step import Output, StepVerdict, execute, execution, step

SENTENCE = "The rows are bad: mend them."


@step()
def look(findings: Output[ExampleAnomalies], notes: Output[Files], how: str = "") -> int:
    """Look at rows, and refuse them."""
    (findings.path / "found").write_text("everything")
    (notes.path / "half").write_text("hal")
    findings.metadata["anomalies"] = 3
    evidence = [findings]
    if how == "removed":
        (findings.path / "found").unlink()
        findings.path.rmdir()
    elif how == "nan":
        findings.metadata["anomalies"] = float("nan")
    elif how == "foreign":
        evidence = [ExampleAnomalies("/somewhere/else")]
    elif how == "all":
        evidence = [findings, notes]
    raise StepVerdict(SENTENCE, evidence)


@pytest.fixture
def attempt(tmp_path):
    return tmp_path / "pipe" / "run-1" / "look" / "uuid"


@pytest.fixture
def refused(tmp_path, attempt):
    """Runs the step; what it kept."""

    def run(how=""):
        names = ("findings", "notes")
        call = {
            "inputs": {"parameterValues": {"how": how}},
            "outputs": {
                "artifacts": {name: {"artifacts": [{"name": name, "uri": str(attempt / name)}]} for name in names},
                "parameters": {"output": {"outputFile": str(tmp_path / "out")}},
                "outputFile": str(attempt / "output_metadata.json"),
            },
        }
        with pytest.raises(StepVerdict) as caught:
            execute(look, call)
        assert str(caught.value) == SENTENCE
        return caught.value.kept

    return run


def test_evidence_is_published_whole_and_nothing_else(refused, attempt, tmp_path):
    kept = refused()
    assert [path.name for path in attempt.iterdir()] == ["findings"]
    assert (attempt / "findings" / "found").read_text() == "everything"
    [artifact] = kept.pop("findings")["artifacts"]
    assert kept == {}
    assert (artifact["uri"], artifact["name"]) == (str(attempt / "findings"), "findings")
    assert (artifact["metadata"]["anomalies"], artifact["metadata"]["size_bytes"]) == (3, len("everything"))
    assert len(artifact["metadata"]["digest"]) == 64
    assert json.loads(json.dumps(artifact)) == artifact
    assert not (tmp_path / "out").exists()


def test_all_outputs_may_be_evidence(refused, attempt):
    assert set(refused("all")) == {"findings", "notes"}
    assert (attempt / "notes" / "half").read_text() == "hal"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("removed", "has removed the folder of its output 'findings'"),
        ("nan", "sets the metadata 'anomalies' of its output 'findings' to NaN"),
        ("foreign", "gives '/somewhere/else' as evidence, which is none of its outputs"),
    ],
)
def test_evidence_that_cannot_be_kept_takes_nothing_from_the_verdict(refused, attempt, caplog, how, words):
    assert refused(how) == {}
    assert list(attempt.iterdir()) == []
    assert "The evidence of step 'look' is not kept: " in caplog.text
    assert words in caplog.text


def test_neither_does_a_full_disk(refused, attempt, caplog, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(execution, "publish", full)
    assert refused() == {}
    assert list(attempt.iterdir()) == []
    assert "No space left on device" in caplog.text
