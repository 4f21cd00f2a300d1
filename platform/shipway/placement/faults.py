"""What can be wrong with a cluster settings file, and with what a pipeline asks of one.

UsageError
 └─ ClusterFileFault      the file itself: every fault names the file, the line and the path in it
     ├─ NoClusterFile
     ├─ NotSettings
     ├─ UnknownSetting
     ├─ BadSetting
     └─ PasswordInClear
ContractError
 └─ PlacementFault        file and pipeline do not go together
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from shipway.errors import ContractError, UsageError

FORBIDDEN = frozenset(
    {"privileged", "securitycontext", "capabilities", "hostpath", "hostnetwork", "hostpid", "hostipc", "runasuser"}
    | {"initcontainers", "sidecars", "podspec", "serviceaccountname"}
)
"""Fields of a pod, in small letters without underscores, that a step may not set however they are spelled."""

LONGEST_VALUE = 60


class ClusterFileFault(UsageError):
    """A cluster settings file that cannot be used."""


class NoClusterFile(ClusterFileFault):
    """The file that was named is not there, or cannot be read."""

    def __init__(self, path: Path, named_by: str, problem: str) -> None:
        super().__init__(f"{named_by} names the file {str(path)!r}, {problem}: correct the path.")


class NotSettings(ClusterFileFault):
    """A file that holds something else."""

    def __init__(self, path: Path, problem: str, way_out: str) -> None:
        super().__init__(f"The cluster file {str(path)!r} {problem}: {way_out}.")


class UnknownSetting(ClusterFileFault):
    """A key that the place does not have."""

    def __init__(self, where: str, path: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        place = f"in {path!r}" if path else "at the top"
        if plain(name).replace("-", "") in FORBIDDEN:
            advice = "it is not among the pod fields that a step may set, remove it"
        elif plain(name) == "ephemeralstorage":
            advice = "Kubeflow Pipelines has no field for it, limit a volume by 'empty_dir: {size_limit: ...}'"
        else:
            advice = f"the keys there are {', '.join(names)}{closest(name, names)}"
        super().__init__(f"{where} has the unknown key {name!r} {place}: {advice}.")


class BadSetting(ClusterFileFault):
    """A value that its key does not take."""

    def __init__(self, where: str, path: str, shown: str, problem: str, way_out: str) -> None:
        super().__init__(f"{where}: {path} is {_short(shown)}, {problem}: {way_out}.")


class PasswordInClear(ClusterFileFault):
    """A secret written out; the value is not shown."""

    def __init__(self, where: str, path: str) -> None:
        super().__init__(
            f"{where}: {path} holds what looks like a password or a key in clear: keep it in a Kubernetes Secret and "
            "name that under 'secrets:'."
        )


class PlacementFault(ContractError):
    """The pipeline asks for what the cluster file does not have, or the other way round."""


def plain(name: str) -> str:
    return name.lower().replace("_", "")


def closest(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that was probably meant, or nothing."""
    matches = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."
