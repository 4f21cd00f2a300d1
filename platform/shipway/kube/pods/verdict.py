"""The verdict on a pod: the first of the checks that finds something has the word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.kube.pods.facts import PodFacts
from shipway.kube.pods.finding import Finding
from shipway.kube.pods.subject import Subject


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a pod. `sentence` names subject, pod, value and the next command."""

    reason: str
    """One word, as Kubernetes has it where it has one: OOMKilled, Evicted, ImagePullBackOff, Unschedulable."""

    sentence: str

    is_final: bool
    """Whether the pod has failed; one that has not waits, and goes on by itself once the cause is gone."""

    since_ms: int = 0
    """When it came to this, milliseconds since the epoch; 0 where nothing tells."""

    container: str = ""
    """The container that it is about, "" where it is about the pod."""


def verdict_of(pod: Mapping[str, Any], subject: Subject, events: Sequence[Mapping[str, Any]] = ()) -> Verdict | None:
    """What is wrong with a pod; None where nothing is. `pod` and `events` are JSON as the API server gives it."""
    from shipway.kube.pods.checks import CHECKS

    facts = PodFacts.read(pod, subject, events)
    finding = next((found for check in CHECKS if (found := check(facts))), None)
    return _verdict(facts, finding) if finding else None


def _verdict(facts: PodFacts, finding: Finding) -> Verdict:
    what = facts.subject.what
    sentence = f"{what[:1].upper()}{what[1:]} {finding.says}; {finding.way_out}."
    return Verdict(finding.reason, sentence, finding.is_final, finding.since_ms, finding.container)
