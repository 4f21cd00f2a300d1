"""The causes that are looked for, what names its cause before what only shows an end."""

from __future__ import annotations

from collections.abc import Callable

from shipway.kube.pods.checks import (
    admission,
    configuration,
    deadline,
    deletion,
    disruption,
    eviction,
    exit_code,
    images,
    out_of_memory,
    scheduling,
    start_error,
    volumes,
)
from shipway.kube.pods.facts import PodFacts
from shipway.kube.pods.finding import Finding

CHECKS: tuple[Callable[[PodFacts], Finding | None], ...] = (
    out_of_memory.check,
    eviction.check,
    deadline.check,
    disruption.check,
    admission.check,
    start_error.check,
    deletion.check,
    exit_code.check,
    images.check,
    configuration.check,
    volumes.check,
    scheduling.check,
)
