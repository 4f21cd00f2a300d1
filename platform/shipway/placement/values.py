"""Single values of a cluster file: quantities, durations, names, addresses. Each is checked as Kubernetes would."""

from __future__ import annotations

import re
from decimal import Decimal

from shipway.data.passwords import holds_password
from shipway.placement.entry import Entry

QUANTITY = re.compile(r"(\d+(?:\.\d+)?)([mkMGTPE]|[KMGTPE]i)?")
UNITS = {"": 0, "m": -1, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
DURATION_UNITS = (86400, 3600, 60, 1)
LONGEST_SECONDS = 366 * 86400
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
OBJECT = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OBJECT_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
TAG_KEY = re.compile(r"(?:(?P<domain>[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?")
TAG_VALUE = re.compile(r"([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?")
RESOURCE = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?")
IMAGE = re.compile(
    r"[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?"
)
ROOT = re.compile(r"(s3|gs|minio)://[^\s/?]+[^\s]*")


def amount(text: str) -> Decimal:
    """A quantity of Kubernetes as a number: cores, or bytes."""
    match = QUANTITY.fullmatch(text)
    assert match, text
    unit = match[2] or ""
    power = UNITS[unit.removesuffix("i").replace("K", "k")]
    base = Decimal(1024) if unit.endswith("i") else Decimal(1000)
    return Decimal(match[1]) * base**power


def is_amount(text: str) -> bool:
    return QUANTITY.fullmatch(text) is not None


def cpu(entry: Entry) -> str:
    text = entry.text()
    if not is_amount(text) or text[-1] in "kMGTPEi" or amount(text) <= 0:
        raise entry.bad("which is no number of CPUs", "write, for example, 500m or 4")
    return text


def memory(entry: Entry) -> str:
    text = entry.text()
    if not is_amount(text) or text[-1] == "m" or text[-1].isdigit() or amount(text) <= 0:
        raise entry.bad("which is no amount of memory with its unit", "write, for example, 512Mi or 8Gi")
    return text


def seconds(entry: Entry, least: int = 1) -> int:
    """A time: a number of seconds, or 90s, 30m, 1h30m, 2d."""
    text = entry.text()
    match = DURATION.fullmatch(text)
    if text.isdigit():
        total = int(text)
    else:
        parts = match.groups() if match else ()
        total = sum(int(part or 0) * unit for part, unit in zip(parts, DURATION_UNITS, strict=False))
    if not least <= total <= LONGEST_SECONDS:
        raise entry.bad("which is no time", "write, for example, 90s, 30m or 2h")
    return total


def factor(entry: Entry) -> float:
    if isinstance(entry.value, bool) or not isinstance(entry.value, int | float) or not 1 <= entry.value <= 100:
        raise entry.bad("which is no factor from 1 to 100", "write, for example, 2")
    return float(entry.value)


def object_name(entry: Entry) -> str:
    """The name of a Secret, a ConfigMap, a ServiceAccount, a claim, a storage class."""
    return _fitting(entry, OBJECT, "which Kubernetes takes for no name", "write small letters, digits, '-' and '.'")


def volume_name(entry: Entry) -> str:
    """What Kubeflow also names a pod's volume after, which may hold no dot."""
    problem = "which cannot be the name of a volume in a pod"
    return _fitting(entry, LABEL, problem, "use at most 63 small letters, digits and '-'")


def object_key(entry: Entry) -> str:
    problem = "which is no key of a Secret or ConfigMap"
    return _fitting(entry, OBJECT_KEY, problem, "write letters, digits, '-', '_' and '.'")


def resource(entry: Entry) -> str:
    problem = "which is no name of a resource that nodes offer"
    return _fitting(entry, RESOURCE, problem, "write, for example, nvidia.com/gpu or google.com/tpu")


def image(entry: Entry) -> str:
    """A full reference of an image."""
    problem = "which is no reference of an image"
    return _fitting(entry, IMAGE, problem, "write REGISTRY/NAME@sha256:DIGEST or REGISTRY/NAME:TAG")


def pipeline_root(entry: Entry) -> str:
    if holds_password(entry.text()):
        raise entry.password()
    problem = "which is no place in an object store"
    return _fitting(entry, ROOT, problem, "write s3://BUCKET/PATH, gs://BUCKET/PATH or minio://BUCKET/PATH")


def tag_value(entry: Entry) -> str:
    """The value of a label, of a node or a pod."""
    if isinstance(entry.value, str) and not entry.value:
        return ""
    problem = "which cannot be the value of a label"
    return _fitting(entry, TAG_VALUE, problem, "use at most 63 letters, digits, '-', '_' and '.'")


def folder(entry: Entry) -> str:
    """Where a volume is mounted."""
    text = entry.text()
    parts = text.split("/")[1:]
    if not text.startswith("/") or ".." in parts or ":" in text or not any(parts):
        raise entry.bad("which is no folder of a pod", "write its whole path, such as /mnt/data")
    return "/" + "/".join(part for part in parts if part not in ("", "."))


def _fitting(entry: Entry, pattern: re.Pattern[str], problem: str, way_out: str) -> str:
    text = entry.text()
    if not pattern.fullmatch(text):
        raise entry.bad(problem, way_out)
    return text
