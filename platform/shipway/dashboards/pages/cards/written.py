"""What the author of a pipeline wrote for its models' cards.

The texts come with the training, so that they are in the lineage of every model that it makes: a JSON object under
`model_card` in the Trainer's `custom_config`, or, from a step that makes models itself, in the Model's own property
`model_card`::

    trainer(..., custom_config={"model_card": {
        "intended_use": "Which flights need a later connection.",
        "out_of_scope": ["Decisions on single passengers.", "Airports other than those of New York."],
    }})
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shipway.lineage import RecordedArtifact, RecordedExecution

FIELD, PARAMETER = "model_card", "custom_config"
DESCRIPTION, OWNERS, INTENDED, OUT_OF_SCOPE = "description", "owners", "intended_use", "out_of_scope"
LIMITATIONS, ETHICS = "limitations", "ethical_considerations"
NAMES = (DESCRIPTION, OWNERS, INTENDED, OUT_OF_SCOPE, LIMITATIONS, ETHICS)
LONGEST = 10_000
"""Characters of a text that a card shows."""


@dataclass(frozen=True)
class Written:
    """Texts by their names; `source` says where they stand, `problems` what of them cannot be shown."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    source: str = ""
    problems: Sequence[str] = ()


def written_for(model: RecordedArtifact, training: RecordedExecution | None) -> Written:
    """What was written for a model; what its own property says goes before its training's parameter."""
    if FIELD in model.metadata:
        return _written(_json(model.metadata[FIELD]), f"the property {FIELD} of Model {model.id}")
    config = _json(training.parameters.get(PARAMETER)) if training else None
    if training is None or not isinstance(config, dict) or FIELD not in config:
        return Written()
    return _written(config[FIELD], f"{PARAMETER} of the step {training.task} in run {training.run_id}")


def _written(given: object, source: str) -> Written:
    if not isinstance(given, dict):
        return Written(problems=[f"{source} is no object of texts: give some of {', '.join(NAMES)}."])
    texts = {name: _texts(given[name]) for name in NAMES if given.get(name)}
    problems = []
    if unknown := [str(name)[:100] for name in given if name not in NAMES]:
        problems.append(f"{source} has {', '.join(unknown[:10])}, which no card has: its texts are {', '.join(NAMES)}.")
    return Written(texts, source, problems)


def _texts(given: object) -> list[str]:
    """One text or a list of them, each cut where it is too long."""
    listed = given if isinstance(given, list) else [given]
    return [_cut(one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)) for one in listed[:100]]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST:,} more characters)"


def _json(value: object) -> object:
    try:
        return json.loads(str(value))
    except (ValueError, RecursionError):
        return None
