"""One section of what steps get: `defaults`, and each entry of `steps` and `tasks`, which all take the same keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shipway.placement.entry import Entry
from shipway.placement.environment import read_environment
from shipway.placement.mounts import read_references, read_volumes
from shipway.placement.pools import read_accelerator
from shipway.placement.settings import Retries, StepSettings
from shipway.placement.tags import read_annotations, read_labels
from shipway.placement.values import amount, cpu, factor, memory, seconds
from shipway.step.task import RETRY_FACTOR, RETRY_PAUSE, RETRY_WINDOW

PULL_POLICIES = ("IfNotPresent", "Always", "Never")
READERS: dict[str, Callable[[Entry], Any]] = {
    "image": Entry.text,
    "image_pull_policy": lambda entry: entry.choice(*PULL_POLICIES),
    "cpu": cpu,
    "memory": memory,
    "cpu_request": cpu,
    "memory_request": memory,
    "node_pool": Entry.text,
    "accelerator": lambda entry: read_accelerator(entry, least=0),
    "retries": lambda entry: read_retries(entry),
    "timeout": seconds,
    "environment": read_environment,
    "secrets": read_references,
    "config_maps": read_references,
    "volumes": read_volumes,
}
TAGS = {"labels": read_labels, "annotations": read_annotations}
NOT_BY_DEFAULT = ("image", "accelerator")
"""What cannot be the same for all steps."""


def read_defaults(entry: Entry, domains: tuple[str, ...]) -> StepSettings:
    return _read(entry, domains, tuple(name for name in READERS if name not in NOT_BY_DEFAULT))


def read_step_settings(entry: Entry, domains: tuple[str, ...]) -> StepSettings:
    return _read(entry, domains, tuple(READERS))


def read_retries(entry: Entry) -> Retries:
    """A number, or `{count, pause, factor, window}`."""
    default = Retries(0, _seconds(RETRY_PAUSE), RETRY_FACTOR, _seconds(RETRY_WINDOW))
    if isinstance(entry.value, int) and not isinstance(entry.value, bool):
        return Retries(entry.whole(0), default.pause, default.factor, default.window)
    fields = entry.section("count", "pause", "factor", "window")
    if "count" not in fields:
        raise entry.bad("which says no count", "write a number, or {count: 3, pause: 30s, factor: 2, window: 1h}")
    return Retries(
        count=fields["count"].whole(0),
        pause=seconds(fields["pause"]) if "pause" in fields else default.pause,
        factor=factor(fields["factor"]) if "factor" in fields else default.factor,
        window=seconds(fields["window"]) if "window" in fields else default.window,
    )


def _read(entry: Entry, domains: tuple[str, ...], known: tuple[str, ...]) -> StepSettings:
    fields = entry.section(*known, *TAGS)
    values = {name: READERS[name](value) for name, value in fields.items() if name in READERS}
    values |= {name: TAGS[name](value, domains) for name, value in fields.items() if name in TAGS}
    for name in ("cpu", "memory"):
        request, limit = values.get(f"{name}_request", ""), values.get(name, "")
        if request and limit and amount(request) > amount(limit):
            raise fields[f"{name}_request"].bad(f"which is more than the limit, {name}: {limit}", "lower one of them")
    settings = StepSettings(**values)
    _check_variables(settings, fields)
    return settings


def _check_variables(settings: StepSettings, fields: dict[str, Entry]) -> None:
    """No variable comes from two places of one section."""
    seen: dict[str, str] = {name: f"{fields['environment'].path}.{name}" for name in settings.environment}
    for kind in ("secrets", "config_maps"):
        for reference in getattr(settings, kind).values():
            for variable in reference.environment:
                place = fields[kind].mapping()[reference.name].mapping()["environment"].mapping()[variable]
                if variable in seen:
                    raise place.bad(f"but {seen[variable]} sets the variable too", "remove one of them")
                seen[variable] = place.path


def _seconds(text: str) -> int:
    return int(text.removesuffix("s"))
