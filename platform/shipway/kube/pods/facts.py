"""A pod as the checks look at it: read once from the API server's JSON, forgiving towards what is missing there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shipway.kube.pods.subject import Subject

PENDING, FAILED = "Pending", "Failed"


@dataclass(frozen=True)
class ContainerFacts:
    """A container and the state that it is in: `waiting`, `running` or `terminated`, or "" before any."""

    name: str
    image: str
    state: str
    reason: str
    message: str
    exit_code: int
    signal: int
    ended_ms: int
    limits: Mapping[str, str]
    requests: Mapping[str, str]

    @property
    def has_failed(self) -> bool:
        return self.state == "terminated" and (self.exit_code != 0 or bool(self.signal))


@dataclass(frozen=True)
class PodFacts:
    """A pod. `containers` are those of its initialisation first; `events` are warnings, the newest last."""

    name: str
    namespace: str
    phase: str
    reason: str
    message: str
    node: str
    created_ms: int
    deleted_ms: int
    containers: Sequence[ContainerFacts]
    conditions: Mapping[str, Mapping[str, Any]]
    selector: Mapping[str, str]
    tolerations: Sequence[Mapping[str, Any]]
    has_affinity: bool
    events: Sequence[Mapping[str, Any]]
    subject: Subject
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_failed(self) -> bool:
        return self.phase == FAILED

    @property
    def ended_ms(self) -> int:
        """When the last of its containers ended; 0 where none has."""
        return max((one.ended_ms for one in self.containers), default=0)

    @property
    def place(self) -> str:
        """The pod's name, and the flag of kubectl for its namespace."""
        return f"{self.name} -n {self.namespace}"

    @classmethod
    def read(cls, pod: Mapping[str, Any], subject: Subject, events: Sequence[Mapping[str, Any]] = ()) -> PodFacts:
        metadata, spec, status = (_mapping(pod.get(name)) for name in ("metadata", "spec", "status"))
        return cls(
            name=str(metadata.get("name", "")),
            namespace=str(metadata.get("namespace", "")),
            phase=str(status.get("phase", "")),
            reason=str(status.get("reason") or ""),
            message=one_line(status.get("message")),
            node=str(spec.get("nodeName") or ""),
            created_ms=moment_ms(metadata.get("creationTimestamp")),
            deleted_ms=moment_ms(metadata.get("deletionTimestamp")),
            containers=_containers(spec, status),
            conditions={str(one.get("type")): one for one in _mappings(status.get("conditions"))},
            selector=_mapping(spec.get("nodeSelector")),
            tolerations=_mappings(spec.get("tolerations")),
            has_affinity=bool(_mapping(_mapping(spec.get("affinity")).get("nodeAffinity"))),
            events=sorted(events, key=_happened_ms),
            subject=subject,
            labels=_mapping(metadata.get("labels")),
        )


def _containers(spec: Mapping[str, Any], status: Mapping[str, Any]) -> list[ContainerFacts]:
    found: list[ContainerFacts] = []
    for kind, statuses in (("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")):
        by_name = {one.get("name"): one for one in _mappings(status.get(statuses))}
        found += [_container(one, by_name.get(one.get("name"), {})) for one in _mappings(spec.get(kind))]
    return found


def _container(spec: Mapping[str, Any], status: Mapping[str, Any]) -> ContainerFacts:
    states = _mapping(status.get("state"))
    state = next(iter(states), "")
    now = _mapping(states.get(state))
    resources = _mapping(spec.get("resources"))
    return ContainerFacts(
        name=str(spec.get("name", "")),
        image=str(spec.get("image", "")),
        state=state,
        reason=str(now.get("reason") or ""),
        message=one_line(now.get("message")),
        exit_code=int(now.get("exitCode") or 0),
        signal=int(now.get("signal") or 0),
        ended_ms=moment_ms(now.get("finishedAt")),
        limits=_mapping(resources.get("limits")),
        requests=_mapping(resources.get("requests")),
    )


def moment_ms(text: object) -> int:
    """A moment as Kubernetes writes it, in milliseconds since the epoch; 0 for none."""
    if not isinstance(text, str) or not text:
        return 0
    try:
        return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError:
        return 0


LONGEST_MESSAGE = 400


def one_line(text: object) -> str:
    """Somebody's message as a part of a sentence."""
    line = " ".join(str(text or "").split()).rstrip(". ")
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 3] + "..."


def _happened_ms(event: Mapping[str, Any]) -> int:
    return moment_ms(event.get("lastTimestamp") or event.get("eventTime") or event.get("firstTimestamp"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, Sequence) else []
