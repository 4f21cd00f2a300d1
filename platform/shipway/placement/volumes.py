"""The folders of a task's pod: what is mounted where, each folder from one place and each volume with its own name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shipway.placement.faults import PlacementFault
from shipway.placement.layers import Layers
from shipway.placement.settings import MetadataSettings, Reference, StepSettings, Volume
from shipway.placement.variables import TOKEN_FOLDER

NAME_FIELDS = {
    "secretAsVolume": "secretName",
    "configMapAsVolume": "configMapName",
    "pvcMount": "constant",
    "genericEphemeralVolume": "volumeName",
    "emptyDirMounts": "volumeName",
}
"""Each kind of mount of the platform spec, and the field after which Kubeflow names the pod's volume."""


class SameVolume(PlacementFault):
    """Two volumes of one pod with one name, which Kubernetes refuses."""

    def __init__(self, task: str, name: str, folders: list[str]) -> None:
        super().__init__(
            f"Task {task!r} would have two volumes {name!r}, at {' and '.join(sorted(folders))}, because Kubeflow "
            "names a volume after its Secret, ConfigMap or claim: call one of them otherwise, or mount it once."
        )


@dataclass(frozen=True)
class Mount:
    """One entry of the platform spec: its kind, the folder, the volume's name and the entry itself."""

    kind: str
    folder: str
    name: str
    entry: dict[str, Any]


def place_volumes(
    pod: dict[str, Any], task: str, layers: Layers, metadata: MetadataSettings, is_own_step: bool
) -> list[str]:
    """Set the mounts; the folders of those that were added. Raises `SameVolume`."""
    own = {mount.folder: mount for mount in _mounts_of(layers.merged)}
    declared = {mount.folder: mount for mount in _declared(pod)}
    filling = {mount.folder: mount for mount in _mounts_of(_without_replaced(layers))}
    if is_own_step and metadata.token_secret and not metadata.is_off:
        token = Reference(metadata.token_secret, mount=TOKEN_FOLDER, optional=True)
        filling = {TOKEN_FOLDER: _reference_mount("secretAsVolume", token), **filling}
    wanted = {**filling, **declared, **own}
    _check_names(task, wanted)
    for kind in NAME_FIELDS:
        entries = [mount.entry for _, mount in sorted(wanted.items()) if mount.kind == kind]
        if entries:
            pod[kind] = entries
        else:
            pod.pop(kind, None)
    return sorted(folder for folder in wanted if folder in own or folder not in declared)


def declared_folders(pod: dict[str, Any]) -> list[tuple[str, str]]:
    """The folders of a pod that something is mounted at, with the volume's name."""
    return sorted((mount.folder, mount.name) for mount in _declared(pod))


def _without_replaced(layers: Layers) -> StepSettings:
    """The defaults without what a step has under the same name: a volume may have moved to another folder."""
    own = layers.merged
    return StepSettings(
        secrets={name: one for name, one in layers.defaults.secrets.items() if name not in own.secrets},
        config_maps={name: one for name, one in layers.defaults.config_maps.items() if name not in own.config_maps},
        volumes={name: one for name, one in layers.defaults.volumes.items() if name not in own.volumes},
    )


def _declared(pod: dict[str, Any]) -> Iterator[Mount]:
    for kind, field in NAME_FIELDS.items():
        for entry in pod.get(kind) or ():
            yield Mount(kind, entry.get("mountPath", ""), entry.get(field, ""), entry)


def _check_names(task: str, wanted: dict[str, Mount]) -> None:
    folders: dict[str, list[str]] = {}
    for mount in wanted.values():
        folders.setdefault(mount.name, []).append(mount.folder)
    for name, places in folders.items():
        if name and len(places) > 1:
            raise SameVolume(task, name, places)


def _mounts_of(settings: StepSettings) -> Iterator[Mount]:
    for kind, references in (("secretAsVolume", settings.secrets), ("configMapAsVolume", settings.config_maps)):
        yield from (_reference_mount(kind, one) for one in references.values() if one.mount)
    yield from (_volume_mount(volume) for volume in settings.volumes.values())


def _reference_mount(kind: str, reference: Reference) -> Mount:
    field = NAME_FIELDS[kind]
    entry = {
        "mountPath": reference.mount,
        "optional": reference.optional,
        field: reference.name,
        f"{field}Parameter": {"runtimeValue": {"constant": reference.name}},
    }
    return Mount(kind, reference.mount, reference.name, entry)


def _volume_mount(volume: Volume) -> Mount:
    if volume.claim:
        claim = {"constant": volume.claim, "pvcNameParameter": {"runtimeValue": {"constant": volume.claim}}}
        return Mount("pvcMount", volume.mount, volume.claim, {"mountPath": volume.mount, **claim})
    entry: dict[str, Any] = {"mountPath": volume.mount, "volumeName": volume.name}
    if volume.ephemeral:
        entry |= {"accessModes": [volume.access_mode], "size": volume.size}
        entry |= {"storageClassName": volume.storage_class} if volume.storage_class else {"defaultStorageClass": True}
        return Mount("genericEphemeralVolume", volume.mount, volume.name, entry)
    entry |= {"medium": volume.medium} if volume.medium else {}
    entry |= {"sizeLimit": volume.size} if volume.size else {}
    return Mount("emptyDirMounts", volume.mount, volume.name, entry)
