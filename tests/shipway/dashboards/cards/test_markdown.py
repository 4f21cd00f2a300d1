"""A card as Markdown, read by three readers of Markdown: whatever somebody wrote is text, and tables stay whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from shipway.dashboards.pages.cards.content import Card, Facts, Paragraph, Points, Prose, Section, Table, Text
from shipway.dashboards.pages.cards.markdown import escaped, to_markdown
from shipway.lineage import RecordedArtifact

OWN = {"h1", "h2", "p", "em", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "br"}
HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a | b || c \\| d",
    "`code` ``x`` ```\nfence\n```",
    "line\none\r\n\r\n# two\n- three\n> four",
    "[link](javascript:alert(1)) ![image](http://evil/x.png) <http://evil>",
    "[ref]: http://evil 'x'",
    "http://evil.example www.evil.example evil@example.com",
    "*strong* _em_ ~~gone~~ $math$ **",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "# heading", "- point", "+ point", "12. point", "3) point", "---", "===", "> quote", "    code", "- - -", "| a |",
    "ends with \\", "\\", "\\\\|", "\x00\x07\x1b[31mred",
    "\u202e\u05e9\u05dc\u05d5\u05dd evil\u202c", "\u2028split\u2029",
]  # fmt: skip


class Elements(HTMLParser):
    """The elements of a page, and the cells of its tables."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.rows: list[list[str]] = []
        self.items: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "li":
            self.items.append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data
        if self.items:
            self.items[-1] += data


def by_markdown_it() -> Callable[[str], str]:
    reader = pytest.importorskip("markdown_it").MarkdownIt("gfm-like", {"linkify": False})
    return lambda text: str(reader.render(text))


def by_mistune() -> Callable[[str], str]:
    mistune = pytest.importorskip("mistune")
    return mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "url", "footnotes", "math"])


def by_python_markdown() -> Callable[[str], str]:
    markdown = pytest.importorskip("markdown")
    return lambda text: str(markdown.markdown(text, extensions=["tables", "fenced_code", "footnotes"]))


@pytest.fixture(params=[by_markdown_it, by_mistune, by_python_markdown], ids=lambda make: make.__name__)
def read(request: pytest.FixtureRequest) -> Callable[[str], Elements]:
    render = request.param()
    return lambda text: Elements(render(text))


def card(hostile: str) -> Card:
    table = Table(hostile, [hostile, "#Rows"], [[Text(hostile), Text("1")], [Text("2"), Text(hostile)]])
    blocks = [Paragraph(hostile), Paragraph(hostile, remark=True), Points([hostile, "after"])]
    blocks += [Facts([(hostile, Text(hostile))]), table, Prose(hostile)]
    model = RecordedArtifact(1, "Model", "/m", "", "LIVE", "", {}, 0)
    return Card(model, hostile, [Section("one", hostile, blocks)], [hostile], 1_790_000_000_000)


def words(text: str) -> str:
    """What is read of a text, whatever its white space and the marks that some readers leave in it."""
    return re.sub(r"[\s\\]+", "", unescape(text))


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_was_written_is_text(read: Any, hostile: str) -> None:
    found = read(to_markdown(card(hostile)))
    assert found.names <= OWN
    assert found.attributes <= {"style", "align"}, "alignment of numbers, and nothing else"
    assert [len(row) for row in found.rows] == [2, 2, 2]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_the_text_is_still_what_was_written(hostile: str) -> None:
    reader = by_markdown_it()
    shown = re.sub(r"<[^>]*>", "", reader(f"before {escaped(hostile)}\n"))
    plain = re.sub(r"\(U\+[0-9A-F]{4}\)", "", unescape(shown)).removeprefix("before")
    without_control = "".join(one for one in hostile if one.isprintable() or one.isspace())
    assert re.sub(r"\s+", "", plain) == re.sub(r"\s+", "", without_control)


def test_what_turns_or_hides_text_is_shown_by_its_number() -> None:
    assert escaped("a\u202eb\x07c") == "a(U+202E)b(U+0007)c"
    assert (
        escaped("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")
        == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )


def test_plain_names_and_numbers_stay_readable() -> None:
    for text in ("0.7781", "12 %", "-0.5", "carrier=AA", "2026-11-21", "shipway-components.trainer", "at most 0.5"):
        assert escaped(text) == text
    assert escaped("plane_year") == "plane\\_year"


def test_prose_keeps_its_lines_and_paragraphs() -> None:
    text = to_markdown(card("x"))
    assert text.endswith("UTC.*\n")
    prose = Card(card("x").model, "x", [Section("one", "One", [Prose("first\nsecond\n\nthird")])], [], 0)
    html = by_markdown_it()(to_markdown(prose))
    assert re.search(r"<p>first<br ?/?>\nsecond</p>\n<p>third</p>", html)
