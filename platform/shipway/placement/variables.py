"""The variables of a task's container: written out in the pipeline, or taken from Secrets and ConfigMaps by the pod.

One variable comes from one place: what `steps` and `tasks` say takes the place of what the pipeline says, and
`defaults` and the metadata service's own fill in what it leaves open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.placement.layers import Layers
from shipway.placement.settings import MetadataSettings, StepSettings

KINDS = {
    "secret": ("secretAsEnv", "secretName", "secretKey"),
    "config map": ("configMapAsEnv", "configMapName", "configMapKey"),
}
"""The platform spec's field for each, and the fields of its entries."""
CONFIG_MAP_KEYS = (
    "SHIPWAY_METADATA",
    "SHIPWAY_METADATA_PATIENCE",
    "SHIPWAY_SPOOL",
    "SHIPWAY_OBJECT_STORE_ENDPOINT",
    "SHIPWAY_OBJECT_STORE_REGION",
)
"""What the chart's ConfigMap may tell a step; each may be missing, and so may the ConfigMap."""
TOKEN_FOLDER = "/etc/shipway/metadata"
TOKEN_FILE = f"{TOKEN_FOLDER}/token"


@dataclass(frozen=True)
class Key:
    """A key of a Secret or a ConfigMap; `kind` is one of `KINDS`."""

    kind: str
    name: str
    key: str
    optional: bool


Variables = Mapping[str, "str | Key"]


def place_variables(
    container: dict[str, Any], pod: dict[str, Any], layers: Layers, metadata: MetadataSettings, is_own_step: bool
) -> tuple[list[str], list[str]]:
    """Set the variables; the names of those that were written out, and of those that the pod takes from elsewhere."""
    own: dict[str, str | Key] = {}
    for settings in layers.own:
        own.update(_of(settings))
    _remove(container, pod, own)
    there = _present(container, pod)
    filling = {**(_of_metadata(metadata) if is_own_step else {}), **_of(layers.defaults)}
    placed = {name: value for name, value in filling.items() if name not in there} | own
    written = {name: value for name, value in placed.items() if isinstance(value, str)}
    taken = {name: value for name, value in placed.items() if isinstance(value, Key)}
    if written:
        listed = [{"name": name, "value": value} for name, value in sorted(written.items())]
        container["env"] = [*(container.get("env") or ()), *listed]
    _write_keys(pod, taken)
    return sorted(written), sorted(taken)


def config_key_entry(kind: str, name: str, pairs: Iterable[tuple[str, str]], optional: bool) -> dict[str, Any]:
    """One entry of `secretAsEnv` or `configMapAsEnv`; `pairs` are variables with their keys."""
    _, name_field, key_field = KINDS[kind]
    entry: dict[str, Any] = {
        name_field: name,
        f"{name_field}Parameter": {"runtimeValue": {"constant": name}},
        "keyToEnv": [{key_field: key, "envVar": variable} for variable, key in pairs],
    }
    return {**entry, "optional": True} if optional else entry


def _of(settings: StepSettings) -> dict[str, str | Key]:
    found: dict[str, str | Key] = dict(settings.environment)
    for kind, references in (("secret", settings.secrets), ("config map", settings.config_maps)):
        for reference in references.values():
            for variable, key in reference.environment.items():
                found[variable] = Key(kind, reference.name, key, reference.optional)
    return found


def _of_metadata(metadata: MetadataSettings) -> dict[str, str | Key]:
    if metadata.is_off:
        return {}
    found: dict[str, str | Key] = {}
    if metadata.config_map:
        found.update({name: Key("config map", metadata.config_map, name, True) for name in CONFIG_MAP_KEYS})
    if metadata.address:
        found["SHIPWAY_METADATA"] = metadata.address
    if metadata.token_secret:
        found["SHIPWAY_METADATA_TOKEN_FILE"] = TOKEN_FILE
    return found


def _present(container: dict[str, Any], pod: dict[str, Any]) -> set[str]:
    found = {variable["name"] for variable in container.get("env") or ()}
    found |= {entry.get("name", "") for entry in pod.get("fieldPathAsEnv") or ()}
    for field, _, _ in KINDS.values():
        found |= {pair.get("envVar", "") for entry in pod.get(field) or () for pair in entry.get("keyToEnv") or ()}
    return found


def _remove(container: dict[str, Any], pod: dict[str, Any], names: Iterable[str]) -> None:
    """Take away what the pipeline says of variables that the file sets otherwise."""
    names = set(names)
    _keep(container, "env", [one for one in container.get("env") or () if one["name"] not in names])
    _keep(pod, "fieldPathAsEnv", [one for one in pod.get("fieldPathAsEnv") or () if one.get("name") not in names])
    for field, _, _ in KINDS.values():
        entries = []
        for entry in pod.get(field) or ():
            pairs = [pair for pair in entry.get("keyToEnv") or () if pair.get("envVar") not in names]
            entries += [{**entry, "keyToEnv": pairs}] if pairs else []
        _keep(pod, field, entries)


def _keep(owner: dict[str, Any], field: str, entries: list[Any]) -> None:
    if entries:
        owner[field] = entries
    else:
        owner.pop(field, None)


def _write_keys(pod: dict[str, Any], taken: Mapping[str, Key]) -> None:
    groups: dict[tuple[str, str, bool], list[tuple[str, str]]] = {}
    for variable, key in sorted(taken.items()):
        groups.setdefault((key.kind, key.name, key.optional), []).append((variable, key.key))
    for (kind, name, optional), pairs in sorted(groups.items()):
        field = KINDS[kind][0]
        pod[field] = [*(pod.get(field) or ()), config_key_entry(kind, name, pairs, optional)]
