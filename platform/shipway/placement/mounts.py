"""Secrets, config maps and volumes of a cluster file: what a step's pod finds in its variables and folders."""

from __future__ import annotations

import yaml

from shipway.placement.entry import Entry
from shipway.placement.environment import check_variable, looks_secret
from shipway.placement.settings import Reference, Volume
from shipway.placement.values import folder, memory, object_key, object_name, volume_name

TAKEN_NAMES = frozenset(
    {"kfp-launcher", "gcs-scratch", "s3-scratch", "minio-scratch", "dot-local-scratch", "dot-cache-scratch"}
    | {"dot-config-scratch", "ca-bundle", "argo-staging", "tmp-dir-argo", "var-run-argo"}
)
"""What Kubeflow Pipelines and Argo call their own volumes of a step's pod."""
TAKEN_FOLDERS = ("/kfp-launcher", "/gcs", "/s3", "/minio", "/.local", "/.cache", "/.config", "/var/run/argo")
"""Where they are mounted."""
NEEDED_FOLDERS = ("/bin", "/dev", "/etc", "/lib", "/lib64", "/opt/shipway", "/proc", "/sbin", "/sys", "/usr")
"""Folders of an image, which a volume would hide; one below them is another matter."""
ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
KINDS = ("claim", "empty_dir", "ephemeral")


def read_references(entry: Entry) -> dict[str, Reference]:
    """Secrets or config maps by name."""
    return {name: _reference(name, value) for name, value in entry.mapping().items()}


def read_volumes(entry: Entry) -> dict[str, Volume]:
    """Volumes by name."""
    return {name: _volume(name, value) for name, value in entry.mapping().items()}


def mount_folder(entry: Entry) -> str:
    """A folder that a volume may lie on."""
    path = folder(entry)
    for taken in TAKEN_FOLDERS:
        if path == taken or path.startswith(f"{taken}/"):
            raise entry.bad("which Kubeflow Pipelines uses itself", "choose another folder, such as /mnt/data")
    if path in NEEDED_FOLDERS:
        raise entry.bad("which would hide a part of the image", f"mount it below, such as at {path}/data")
    return path


def _reference(name: str, entry: Entry) -> Reference:
    fields = entry.section("environment", "mount", "optional")
    if not {"environment", "mount"} & set(fields):
        raise entry.bad("which says of no use", "give it 'environment: {VARIABLE: KEY}' or 'mount: FOLDER'")
    _check_name(name, entry, mounted="mount" in fields)
    return Reference(
        name=name,
        environment=_keys(fields["environment"]) if "environment" in fields else {},
        mount=mount_folder(fields["mount"]) if "mount" in fields else "",
        optional=fields["optional"].truth() if "optional" in fields else False,
    )


def _keys(entry: Entry) -> dict[str, str]:
    found = {}
    for name, value in entry.mapping().items():
        check_variable(value, name)
        if " " in value.text() or looks_secret("", value.text()):
            raise value.password()  # the secret itself where its key belongs
        found[name] = object_key(value)
    return found


def _volume(name: str, entry: Entry) -> Volume:
    fields = entry.section("mount", *KINDS)
    kinds = [kind for kind in KINDS if kind in entry.mapping()]
    if "mount" not in fields:
        raise entry.bad("which says of no folder", "add 'mount: FOLDER'")
    if len(kinds) != 1:
        raise entry.bad(f"which is of {len(kinds) or 'no'} kinds", f"give it one of {', '.join(KINDS)}")
    mount = mount_folder(fields["mount"])
    of_kind = entry.mapping()[kinds[0]]
    if kinds[0] == "claim":
        return _claim(name, mount, of_kind, entry)
    _check_name(name, entry, mounted=True)
    return _empty_folder(name, mount, of_kind) if kinds[0] == "empty_dir" else _ephemeral(name, mount, of_kind)


def _claim(name: str, mount: str, entry: Entry, whole: Entry) -> Volume:
    """Kubeflow names the pod's volume after the claim, so the claim's name has to be one of a volume."""
    claim = volume_name(entry)
    if claim in TAKEN_NAMES:
        raise whole.bad("and Kubeflow Pipelines has a volume of the claim's name", "call the claim otherwise")
    return Volume(name, mount, claim=claim)


def _empty_folder(name: str, mount: str, entry: Entry) -> Volume:
    fields = entry.section("medium", "size_limit")
    medium = fields["medium"].choice("Memory") if "medium" in fields else ""
    if medium and "size_limit" not in fields:
        raise entry.bad("which is memory without a limit", "add 'size_limit: 2Gi', within the step's own memory")
    return Volume(name, mount, medium=medium, size=memory(fields["size_limit"]) if "size_limit" in fields else "")


def _ephemeral(name: str, mount: str, entry: Entry) -> Volume:
    fields = entry.section("size", "storage_class", "access_mode")
    if "size" not in fields:
        raise entry.bad("which is of no size", "add 'size: 100Gi'")
    return Volume(
        name,
        mount,
        size=memory(fields["size"]),
        ephemeral=True,
        storage_class=object_name(fields["storage_class"]) if "storage_class" in fields else "",
        access_mode=fields["access_mode"].choice(*ACCESS_MODES) if "access_mode" in fields else ACCESS_MODES[0],
    )


def _check_name(name: str, entry: Entry, mounted: bool) -> None:
    """A Secret or ConfigMap that is mounted gives the pod's volume its name."""
    named = Entry(entry.file, f"the name of {entry.path}", _scalar(name, entry))
    (volume_name if mounted else object_name)(named)
    if mounted and name in TAKEN_NAMES:
        raise named.bad("which Kubeflow Pipelines uses itself", "choose another name")


def _scalar(name: str, entry: Entry) -> yaml.Node:
    return yaml.ScalarNode("tag:yaml.org,2002:str", name, entry.node.start_mark, entry.node.end_mark)
