"""A card as GitHub-flavoured Markdown, in which nothing that somebody wrote is more than text.

Names, values and prose come from anywhere. What could be markup is escaped: `&`, `<`, `>` and `|` as entities, which
every reader of Markdown knows, tables too; the rest of the punctuation by a backslash. Characters that turn or hide the
text around them are shown by their numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from shipway.dashboards.pages.cards.content import Block, Card, Facts, Paragraph, Points, Prose, Section, Table, Text
from shipway.dashboards.rendering import utc

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
MARKUP = re.compile(r"[&<>|\\`*_{}\[\]#~$!]")
LINK = re.compile(r"(?<=\w):(?=//)|(?<=www)\.|(?<=\w)@(?=\w)", re.IGNORECASE)
"""What some readers make a link of by themselves."""

BLOCK_START = re.compile(r"^(\d*)([-+.)](?=\s|$)|[-=](?=[-=\s]*$))")
"""What begins a list at the start of a line, or makes a heading of the line before."""

JOINERS = "\u200c\u200d"
"""Without a width, and a part of how some languages are written."""

UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Categories of characters that have no form of their own."""

Lines = Iterator[str]


def to_markdown(card: Card) -> str:
    """The whole card; ends with a line break."""
    lines = [f"# Model card: {escaped(card.title)}", ""]
    for problem in card.problems:
        lines += [f"**Not all could be read:** {escaped(problem)}", ""]
    for section in card.sections:
        lines += _section(section)
    lines.append(f"*Made from what is recorded, {utc(card.made_ms)}.*")
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Any text as text, in one line."""
    line = " ".join(_visible(text).split())
    line = MARKUP.sub(lambda found: ENTITIES.get(found[0], "\\" + found[0]), line)
    line = LINK.sub(lambda found: f"&#{ord(found[0])};", line)
    return BLOCK_START.sub(r"\1\\\2", line)


def _visible(text: str) -> str:
    """Without control characters; those that have a direction or no width are shown by their numbers."""
    return "".join(f"(U+{ord(one):04X})" if _is_unseen(one) else one for one in text)


def _is_unseen(one: str) -> bool:
    return unicodedata.category(one) in UNSEEN and not one.isspace() and one not in JOINERS


def _section(section: Section) -> Lines:
    yield f"## {escaped(section.title)}"
    yield ""
    for block in section.blocks:
        yield from _block(block)
        yield ""


def _block(block: Block) -> Lines:
    if isinstance(block, Paragraph):
        yield f"*{escaped(block.text)}*" if block.remark else escaped(block.text)
    elif isinstance(block, Prose):
        yield from _prose(block.text)
    elif isinstance(block, Points):
        yield from (f"- {escaped(one)}" for one in block.items)
    elif isinstance(block, Facts):
        yield from (f"- **{escaped(name)}:** {escaped(value.text)}" for name, value in block.pairs)
    else:
        yield from _table(block)


def _prose(text: str) -> Lines:
    """The lines that somebody wrote, as lines; an empty one parts paragraphs."""
    lines = [escaped(one) for one in text.strip().splitlines()]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        yield line + "\\" if line and following else line


def _table(table: Table) -> Lines:
    yield f"**{escaped(table.caption)}**"
    yield ""
    yield _row([escaped(one.removeprefix("#")) for one in table.headings])
    yield _row(["---:" if one.startswith("#") else "---" for one in table.headings])
    for row in table.rows:
        yield _row(_cells(row))


def _cells(row: Sequence[Text]) -> list[str]:
    return [escaped(one.text) for one in row]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
