"""A compiled pipeline on its way to the cluster: its documents, the digest of their content, and caching left out."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DIGEST_LENGTH = 16
LONGEST_NAME = 100


@dataclass(frozen=True)
class Package:
    """The pipeline spec and, where there is one, the platform spec of Kubernetes."""

    spec: Mapping[str, Any]
    platform: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        return str(self.spec["pipelineInfo"]["name"])

    @property
    def documents(self) -> list[Mapping[str, Any]]:
        return [self.spec, self.platform] if self.platform else [self.spec]

    @property
    def digest(self) -> str:
        """sha256 over the content: the order of keys, comments and line breaks have no part in it."""
        text = json.dumps(self.documents, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def version_name(self) -> str:
        """The name of its version. The same content always has the same one, so the server itself keeps it single."""
        return f"{self.name[:LONGEST_NAME]}-{self.digest[:DIGEST_LENGTH]}"

    def yaml(self) -> str:
        import yaml

        return yaml.safe_dump_all(self.documents, sort_keys=True, allow_unicode=True)

    def without_cache(self) -> Package:
        """The same pipeline, no task of which is taken from the cache, in nested pipelines and loops neither.

        What the client of KFP offers for this, `enable_caching=False`, reaches the outermost tasks alone.
        """
        spec = copy.deepcopy(dict(self.spec))
        for task in _tasks(spec):
            if task.get("cachingOptions"):
                task["cachingOptions"] = {}  # an empty one means no, none at all is how groups are written
        return Package(spec, self.platform)

    @classmethod
    def of_version(cls, spec: Any) -> Package:
        """A version's spec as the API gives it: one document, or an object that holds both."""
        if isinstance(spec, dict) and "pipeline_spec" in spec:
            return cls(spec["pipeline_spec"], spec.get("platform_spec") or None)
        return cls(spec)


def _tasks(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    components = spec.get("components") or {}
    for component in (spec.get("root") or {}, *components.values()):
        yield from ((component.get("dag") or {}).get("tasks") or {}).values()
