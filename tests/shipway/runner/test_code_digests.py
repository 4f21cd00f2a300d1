"""What is remembered of steps' code from run to run."""

import json
from pathlib import Path

import pytest

from shipway.runner.code_digests import CodeDigests


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "own_step.py"
    path.write_text("WORD = 'one'\n")
    return path


def test_a_digest_is_remembered_until_the_source_changes(tmp_path: Path, source: Path) -> None:
    memory = tmp_path / "memory" / "code.json"
    first = CodeDigests(memory)
    digest = first.of(source).digest
    first.save()
    assert list(json.loads(memory.read_text())) == [str(source)]
    assert CodeDigests(memory).of(source).digest == digest
    source.write_text("WORD = 'three'\n")
    assert CodeDigests(memory).of(source).digest != digest


@pytest.mark.parametrize("entry", [None, 3, {}, {"signatures": []}, {"signatures": {}, "digest": "d"}])
def test_a_damaged_memory_is_no_memory(tmp_path: Path, source: Path, entry: object) -> None:
    memory = tmp_path / "memory.json"
    digest = CodeDigests(memory).of(source).digest
    memory.write_text(json.dumps({str(source): entry}))
    assert CodeDigests(memory).of(source).digest == digest
