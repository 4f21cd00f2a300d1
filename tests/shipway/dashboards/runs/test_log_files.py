"""Logs part by part: whole lines, whole characters, no colours, and never more in memory than a part."""

from __future__ import annotations

import pytest

from shipway.dashboards.runs.log_files import find_log, logs_of, part_after, part_before
from shipway.dashboards.runs.texts import log_text, shown


def test_a_short_log_is_one_part(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"one\ntwo\n")
    part = part_before(path)
    assert (part.begin, part.end, part.size, part.text, part.is_last) == (0, 8, 8, "one\ntwo\n", True)


def test_parts_from_the_end_to_the_beginning_are_the_whole(tmp_path):
    path = tmp_path / "a.log"
    text = "".join(f"line {number} of many\n" for number in range(500))
    path.write_text(text)
    end, parts = None, []
    while end != 0:
        part = part_before(path, end, length=1000)
        assert part.text.startswith("line ")
        parts.insert(0, part.text)
        end = part.begin
    assert "".join(parts) == text
    begin, forward = 0, []
    while begin < len(text):
        part = part_after(path, begin, length=1000)
        assert part.text.endswith("\n")
        forward.append(part.text)
        begin = part.end
    assert "".join(forward) == text


def test_a_line_longer_than_a_part_is_cut_between_characters(tmp_path):
    path = tmp_path / "a.log"
    text = "é€😀" * 1000
    path.write_text(text)
    end, parts = None, []
    while end != 0:
        part = part_before(path, end, length=100)
        assert part.begin < part.end
        parts.insert(0, part.text)
        end = part.begin
    assert "".join(parts) == text
    begin, forward = 0, []
    while begin < path.stat().st_size:
        part = part_after(path, begin, length=100)
        forward.append(part.text)
        begin = part.end
    assert "".join(forward) == text


def test_a_log_of_a_gigabyte_is_not_read(tmp_path):
    path = tmp_path / "a.log"
    with path.open("wb") as file:
        file.truncate(1 << 30)
        file.seek(0, 2)
        file.write(b"\nthe end\n")
    part = part_before(path)
    assert part.text == "the end\n"
    assert part.size == (1 << 30) + 9
    earlier = part_before(path, part.begin)
    assert earlier.end - earlier.begin <= 1 << 16


def test_what_grows_is_followed(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"one\ntw")
    part = part_before(path)
    with path.open("ab") as file:
        file.write(b"o\nthree\n")
    after = part_after(path, part.end)
    assert after.text == "o\nthree\n"
    assert part_after(path, after.end).text == ""
    path.write_bytes(b"")
    assert part_after(path, 100).text == ""


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\x1b[31mred\x1b[0m \x1b[1;4mbold\x1b[m", "red bold"),
        (b"\x1b]0;title\x07text\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "textlink"),
        (b"\x1b[2K\x1b[1Gdone\x1bM\x1b(B", "done"),
        (b"10%\r50%\r100%\nnext\r\n", "100%\nnext\n"),
        (b"bell\x07 null\x00 back\x08", "bell\u2407 null\u2400 back\u2408"),
        (b"\xff\xfe broken", "\ufffd\ufffd broken"),
        (b"tab\tstays", "tab\tstays"),
        (b"\x1b", "\u241b"),
        (b"red \x1b[31", "red "),
    ],
    ids=["colours", "links", "cursor", "progress", "controls", "no-utf8", "tab", "lone", "torn"],
)
def test_what_a_terminal_would_show(content, text):
    assert log_text(content) == text


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (1.5, "1.5"), ({"a": "é"}, '{"a": "é"}'), (None, "null"), ("\ud800", "?")]
)
def test_values_as_text(value, text):
    assert shown(value) == text


def test_only_logs_of_the_run_are_found(workshop):
    workshop.log("r1", "train.0", b"x")
    (workshop.home.path / "secret.log").write_text("no")
    (workshop.home.logs / "compile.log").write_text("no")
    assert find_log(workshop.home, "r1", "train.0") is not None
    assert logs_of(workshop.home, "r1") == {"train.0"}
    for run_id, task in (
        ("r1", "../../secret"), ("..", "secret"), (".", "compile"), ("", "compile"), ("r1/..", "compile"),
        ("r1", "absent"), ("r1", ""), ("r1", "a\0b"), ("absent", "x"), ("r1", "/etc/passwd"),
    ):  # fmt: skip
        assert find_log(workshop.home, run_id, task) is None
    for run_id in ("..", ".", "", "absent", "r1/../..", "a\0b"):
        assert logs_of(workshop.home, run_id) == set()
