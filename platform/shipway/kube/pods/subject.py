"""For whom a pod works: what a verdict on it calls it, and where a person puts it right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """Parts of the sentences of verdicts."""

    what: str
    """As the sentence begins: step 'trainer', the predictor of model 'flights'."""

    settings: str
    """Where its image, memory, node pool and secrets are set; completes "the memory of": 'trainer' in cluster.yaml."""

    again: str
    """The command that tries again as it was: shipway retry RUN."""

    anew: str = "shipway submit PIPELINE"
    """The command that tries with corrected settings."""
