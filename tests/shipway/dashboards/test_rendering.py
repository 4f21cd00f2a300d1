"""What numbers and times look like, and macros with whatever somebody may have written."""

from __future__ import annotations

import time
from typing import Any

import pytest

from shipway.dashboards import rendering
from shipway.dashboards.assets import Assets


@pytest.fixture(scope="module")
def environment() -> Any:
    return rendering.make_environment(Assets.load())


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (None, "\N{EN DASH}"), (0, "0.00 s"), (0.042, "0.04 s"), (7.123, "7.1 s"), (59.99, "60.0 s"), (61, "1 min 1 s"),
        (3599, "59 min 59 s"), (7500, "2 h 5 min"), (90000, "1 d 1 h"),
    ],
)  # fmt: skip
def test_durations(duration: float | None, text: str) -> None:
    assert rendering.seconds(duration) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 B"), (999, "999 B"), (1400, "1.4 kB"), (2.5e8, "250 MB"), (3e20, "300000 PB")]
)
def test_sizes(number: float, text: str) -> None:
    assert rendering.size(number) == text


def test_times() -> None:
    assert rendering.utc(1_795_300_267_000) == "21 Nov 2026 22:31:07 UTC"
    assert rendering.iso(1_795_300_267_000) == "2026-11-21T22:31:07Z"
    now = time.time() * 1000
    assert rendering.ago(now - 200_000) == "3 min ago"
    assert rendering.ago(now - 3 * 86_400_000) == "3 d ago"
    assert rendering.ago(now + 60_000) == "just now"


def test_counts_and_parts() -> None:
    assert rendering.count(1, "run") == "1 run"
    assert rendering.count(12000, "run") == "12,000 runs"
    assert rendering.count(2, "entry", "entries") == "2 entries"
    assert rendering.part("a/b <c>?#") == "a%2Fb%20%3Cc%3E%3F%23"


@pytest.mark.parametrize("macro", ["badge", "identifier", "long_text"])
@pytest.mark.parametrize(
    "text", ["<script>x</script>", "\"' onload=x", "x" * 10_000, "\u202e\u05e9\u05dc", ""], ids=range(5)
)
def test_whatever_is_written_is_text(environment: Any, macro: str, text: str) -> None:
    template = '{% from "macros/marks.html" import MACRO %}{{ MACRO(text) }}'.replace("MACRO", macro)
    page = environment.from_string(template).render(text=text)
    assert "<script" not in page
    assert "' onload" not in page
    if macro == "identifier":
        assert len(page) < 1500


def test_every_state_has_a_shape_and_its_word(environment: Any) -> None:
    template = environment.from_string('{% from "macros/marks.html" import badge %}{{ badge(state) }}')
    for state in ("SUCCEEDED", "FAILED", "RUNNING", "CACHED", "SKIPPED", "CANCELLED", "INTERRUPTED", "SOMETHING ELSE"):
        page = template.render(state=state)
        assert f"{state.lower()}</span>" in page
        assert 'aria-hidden="true"' in page


def test_a_name_that_was_not_passed_is_an_error(environment: Any) -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        environment.from_string("{{ nothing }}").render()


def test_every_template_compiles(environment: Any) -> None:
    names = environment.list_templates()
    assert {"base.html", "macros/marks.html", "macros/page.html", "errors/error.html"} <= set(names)
    for name in names:
        environment.get_template(name)
