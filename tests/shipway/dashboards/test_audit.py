"""The audit log as a file, and its page."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipway.artifacts.publish import StorageUnwritable
from shipway.dashboards.audit import LONGEST_TEXT, READ_AT_ONCE, AuditLog
from shipway.dashboards.people import Person

ADA = Person("ada@example.com", "operator", "192.0.2.1")


def test_lines_are_read_back_from_the_newest(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "home" / "audit.jsonl")
    assert log.newest(3) == []
    for number in range(5):
        log.append(ADA, "resume", f"run-{number}", "because\nof <b>this</b>")
    newest = log.newest(2)
    assert [one.subject for one in newest] == ["run-4", "run-3"]
    assert (newest[0].who, newest[0].role, newest[0].address) == ("ada@example.com", "operator", "192.0.2.1")
    assert newest[0].reason == "because\nof <b>this</b>"
    assert len(log.path.read_text().splitlines()) == 5
    assert log.path.stat().st_mode & 0o777 == 0o600


def test_long_logs_are_read_from_their_end(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    for number in range(100):
        log.append(ADA, "resume", f"run-{number}", "é" * LONGEST_TEXT)
    assert log.path.stat().st_size > 3 * READ_AT_ONCE
    assert [one.subject for one in log.newest(1000)] == [f"run-{number}" for number in reversed(range(100))]


def test_damaged_lines_are_passed_over(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.append(ADA, "resume", "run-1")
    with log.path.open("ab") as file:
        file.write(b"\x00\xff\n[]\n{}\n" + json.dumps({"who": "x"}).encode() + b"\n")
    log.append(ADA, "resume", "run-2")
    with log.path.open("ab") as file:
        file.write(b'{"torn')
    assert [one.subject for one in log.newest(10)] == ["run-2", "run-1"]


def test_lines_of_several_writers_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"

    def write(name: str) -> None:
        for number in range(20):
            AuditLog(path).append(ADA, "resume", f"{name}-{number}", "x" * 5000)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(AuditLog(path).newest(1000)) == 80


def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StorageUnwritable):
        AuditLog(tmp_path / "home" / "audit.jsonl").append(ADA, "resume", "run")


def test_the_page_shows_who_did_what(dashboards: Callable[..., Any], tmp_path: Path) -> None:
    AuditLog(tmp_path / "audit.jsonl").append(ADA, "resume", "<i>run</i>", "<script>alert(1)</script>")
    with dashboards(tmp_path).client() as client:
        page = client.get("/audit").text
    assert "ada@example.com" in page
    assert "&lt;i&gt;run&lt;/i&gt;" in page
    assert "<script>alert" not in page
