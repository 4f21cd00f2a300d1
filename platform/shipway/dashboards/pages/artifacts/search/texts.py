"""What of an artifact is searched, and what of a person's words is looked for."""

from __future__ import annotations

from dataclasses import dataclass

from shipway.lineage import RecordedArtifact

LONGEST_VALUE = 1000
LONGEST_TEXT = 4000
"""Of one property's value, and of all that is searched of one artifact, in characters."""

MOST_WORDS = 8
LONGEST_QUERY = 300
NAME_PARTS = 4


@dataclass(frozen=True)
class Wanted:
    """What is searched for: every word must be there; "" is any type, state or pipeline."""

    text: str = ""
    type_name: str = ""
    state: str = ""
    pipeline: str = ""

    @property
    def words(self) -> list[bytes]:
        return [folded(word) for word in self.text[:LONGEST_QUERY].split()[:MOST_WORDS]]

    @property
    def artifact_id(self) -> int | None:
        """The id that the text may be."""
        text = self.text.strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def searched_text(artifact: RecordedArtifact) -> bytes:
    """The texts of an artifact on a line each, properties as `name=value`, without regard to case.

    Properties are sorted: the store gives them in another order each time.
    """
    properties = (f"{name}={str(value)[:LONGEST_VALUE]}" for name, value in sorted(artifact.metadata.items()))
    own = (str(artifact.id), artifact.type_name, artifact.uri, artifact.name, artifact.digest)
    return folded("\n".join((*own, *properties))[:LONGEST_TEXT])


def pipeline_in(name: str) -> str:
    """The pipeline in an artifact's name as Shipway and TFX give it, `pipeline:run:task:key:index`; "" in others."""
    parts = name.rsplit(":", NAME_PARTS)
    return parts[0] if len(parts) > NAME_PARTS else ""


def folded(text: str) -> bytes:
    return text.casefold().encode("utf-8", "surrogatepass")
