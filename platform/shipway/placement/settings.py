"""The cluster settings as the file gives them: plain values that have been checked one by one.

What a step asks for stands in the pipeline; these say where that is, and what this cluster wants otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CONFIG_MAP = "shipway-pipelines"
TOKEN_SECRET = "shipway-metadata-token"


@dataclass(frozen=True)
class Accelerator:
    """`resource` is the name under which a node offers it, such as nvidia.com/gpu or google.com/tpu."""

    resource: str
    count: int


@dataclass(frozen=True)
class Toleration:
    """A taint that a pod may be placed in spite of; `seconds` only where the effect is NoExecute."""

    key: str
    operator: str
    value: str
    effect: str
    seconds: int | None = None


@dataclass(frozen=True)
class NodePool:
    """Where a step runs that names this pool. `images` gives its variants of images: {"train": "train-gpu"}."""

    name: str
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    accelerator: Accelerator | None = None
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reference:
    """A Secret or a ConfigMap: its keys as variables (variable -> key), or all of it as files below `mount`."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    mount: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Volume:
    """A folder of a pod. One of `claim`, `ephemeral` and neither (an empty folder of the node or of its memory)."""

    name: str
    mount: str
    claim: str = ""
    medium: str = ""
    size: str = ""
    ephemeral: bool = False
    storage_class: str = ""
    access_mode: str = ""


@dataclass(frozen=True)
class Retries:
    """Tries beyond the first. Seconds; `window` is how long after the first try the last one may begin."""

    count: int
    pause: int
    factor: float
    window: int


@dataclass(frozen=True)
class StepSettings:
    """What steps get. What is empty or None is left as it is."""

    image: str = ""
    image_pull_policy: str = ""
    cpu: str = ""
    memory: str = ""
    cpu_request: str = ""
    memory_request: str = ""
    node_pool: str = ""
    accelerator: Accelerator | None = None
    retries: Retries | None = None
    timeout: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Reference] = field(default_factory=dict)
    config_maps: Mapping[str, Reference] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MetadataSettings:
    """How steps find the metadata service: by the chart's ConfigMap, or at `address` where there is none.

    Empty names switch a thing off.
    """

    config_map: str = CONFIG_MAP
    token_secret: str = TOKEN_SECRET
    address: str = ""

    @property
    def is_off(self) -> bool:
        return not (self.config_map or self.address)


@dataclass(frozen=True)
class ClusterSettings:
    """A whole cluster file; without one, what holds in every cluster that Shipway's chart is installed in."""

    path: Path | None = None
    digest: str = ""
    images: Mapping[str, str] = field(default_factory=dict)
    image_pull_secrets: tuple[str, ...] = ()
    pipeline_root: str = ""
    service_account: str = ""
    """Kubeflow Pipelines takes it with each run, not in the compiled pipeline."""
    node_pools: Mapping[str, NodePool] = field(default_factory=dict)
    metadata: MetadataSettings = field(default_factory=MetadataSettings)
    defaults: StepSettings = field(default_factory=StepSettings)
    steps: Mapping[str, StepSettings] = field(default_factory=dict)
    """By step, for all its tasks."""
    tasks: Mapping[str, StepSettings] = field(default_factory=dict)
    """By task, for that one alone."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Where in the file the entries of `steps`, `tasks` and `node_pools` begin, by path."""

    def where(self, path: str) -> str:
        """The place of an entry, for a sentence about it."""
        return f"{self.path}, line {self.lines[path]}" if path in self.lines else str(self.path)
