"""What a card is made of: sections of a few kinds of blocks, which every format writes down in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from shipway.lineage import RecordedArtifact


@dataclass(frozen=True)
class Text:
    """A value; on a page `href` leads on from it."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A sentence of the card's own; a `remark` is one beside the content."""

    text: str
    remark: bool = False
    kind: ClassVar[str] = "paragraph"


@dataclass(frozen=True)
class Prose:
    """What a person wrote, line by line."""

    text: str
    kind: ClassVar[str] = "prose"


@dataclass(frozen=True)
class Facts:
    """Names and values."""

    pairs: Sequence[tuple[str, Text]]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Points:
    """A list."""

    items: Sequence[str]
    kind: ClassVar[str] = "points"


@dataclass(frozen=True)
class Table:
    """Rows below headings; a heading that begins with "#" is of numbers. `caption` says what the rows are."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Text]]
    kind: ClassVar[str] = "table"


Block = Paragraph | Prose | Facts | Points | Table


@dataclass(frozen=True)
class Section:
    """`key` is the section's place in an address."""

    key: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Card:
    """A model's card. `problems`: sentences on what could not be read; `made_ms`: when the card was made."""

    model: RecordedArtifact
    title: str
    sections: Sequence[Section]
    problems: Sequence[str]
    made_ms: int


def artifact_text(artifact: RecordedArtifact) -> Text:
    """An artifact by its type and id."""
    gone = "" if artifact.state == "LIVE" else f" ({artifact.state.lower().replace('_', ' ')})"
    return Text(f"{artifact.type_name} {artifact.id}{gone}", f"/artifacts/{artifact.id}")


def number(value: float | None) -> str:
    """A metric's value; a dash for none."""
    if value is None:
        return "\N{EN DASH}"
    return f"{value:,.0f}" if value.is_integer() and abs(value) >= 1000 else f"{value:.4g}"
