"""What can go wrong in the life of a version.

A `LoadFailed` is kept in the version's status and never reaches a request; the others answer whoever asked for a
change::

    LoadFailed                 trying again may help: files that are not there yet, memory
     └─ VersionRefused         it does not, until the files change
    ModelsNotAvailable         NotReady: the change is made, and what it asks for is not available
    LabelOfUnavailableVersion  Conflicting: nothing is changed
    UnknownPlatform            InvalidRequest: nothing is changed
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shipway.errors import InputError
from shipway.serving.faults import Code, Conflicting, InvalidRequest, NotReady
from shipway.serving.lifecycle.stamps import Stamp


class LoadFailed(InputError):
    """A version cannot be loaded now.

    Attributes:
        code: what its status tells.
        stamp: of the files that were tried.
    """

    code = Code.INTERNAL
    stamp: Stamp | None = None


class VersionRefused(LoadFailed):
    """A version that is not loaded as long as its files are what they are."""

    code = Code.FAILED_PRECONDITION


class ModelsNotAvailable(NotReady):
    """Models are configured, and no version of them can be asked."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"{len(problems)} model(s) did not become available: {' '.join(problems)}")


class LabelOfUnavailableVersion(Conflicting):
    """A label for a version that nobody could ask."""

    def __init__(self, model: str, label: str, version: int, available: Iterable[int]) -> None:
        super().__init__(
            f"Request to assign label to version {version} of model {model}, which is not currently available for "
            f"inference: the label {label!r} can stand for {', '.join(map(str, sorted(available))) or 'none yet'}, or "
            "for others with --allow_version_labels_for_unavailable_models if it is new."
        )


class UnknownPlatform(InvalidRequest):
    """A model of a framework that this server has no runtime for."""

    def __init__(self, model: str, platform: str, known: Iterable[str]) -> None:
        super().__init__(
            f"Model {model} requests unsupported platform {platform!r}: write one of {', '.join(sorted(known))}, or "
            "leave it away to have it seen from the files."
        )
