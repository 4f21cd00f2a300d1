"""What the author of a pipeline wrote for its models' cards, as Markdown: the part that no figure tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from shipway.artifacts import Model

MODEL_CARD = "model_card"
"""Metadata key by which a Model carries the texts, as a JSON object: the Trainer's `custom_config["model_card"]`."""

TITLES = {
    "description": "Description",
    "owners": "Owners",
    "intended_use": "Intended use",
    "out_of_scope": "Out-of-scope use",
    "limitations": "Limitations",
    "ethical_considerations": "Ethical considerations",
}


def author_texts(model: Model, plain: Callable[[str], str]) -> Iterator[str]:
    """Paragraphs of Markdown; `plain` takes the meaning from marks in the texts. Nothing was written: none."""
    for name, title in TITLES.items():
        texts = _listed(_written(model).get(name))
        if len(texts) == 1:
            yield f"## {title}"
            yield plain(texts[0])
        elif texts:
            yield f"## {title}"
            yield "\n".join(f"- {plain(text)}" for text in texts)


def _written(model: Model) -> dict[str, Any]:
    try:
        found = json.loads(str(model.metadata.get(MODEL_CARD) or "{}"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _listed(given: Any) -> list[str]:
    listed = given if isinstance(given, list) else [given]
    return [one if isinstance(one, str) else json.dumps(one) for one in listed if one]
