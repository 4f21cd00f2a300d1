"""What a person names as the model: an address at a server, or a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shipway.errors import UsageError


class NoSuchModel(UsageError):
    """Neither an address nor a folder with a model."""

    def __init__(self, model: str, problem: str) -> None:
        super().__init__(
            f"{model!r} {problem}: give a server's address (http://localhost:8501/v1/models/NAME), or the folder of a "
            "pushed model or of one version of it."
        )


@dataclass(frozen=True)
class Address:
    """Where a served model is asked."""

    url: str
    model: str
    version: int | None = None
    label: str | None = None

    @classmethod
    def of(cls, text: str, model: str) -> Address:
        """From http://host:8501 and a model's name, or from an address below /v1/models; raises `NoSuchModel`."""
        parts = urlsplit(text)
        prefix, found, path = parts.path.rstrip("/").partition("/v1/models")
        server = f"{parts.scheme}://{parts.netloc}{prefix}"
        words = [unquote(word) for word in path.partition(":")[0].split("/")[1:]]
        if model and not words:
            return cls(server, model)
        if len(words) == 3 and words[1] == "versions" and words[2].isdecimal():
            return cls(server, words[0], version=int(words[2]))
        if len(words) == 3 and words[1] == "labels":
            return cls(server, words[0], label=words[2])
        if len(words) != 1 or not found or (model and words[0] != model):
            raise NoSuchModel(text, "does not name a model (or --model names another one)")
        return cls(server, words[0])


def is_address(text: str) -> bool:
    """Whether a person means a server, and not a folder."""
    return "://" in text


def version_folder(text: str, version: int | None) -> Path:
    """The folder of a version, as the server finds it: one named, or the highest, or a folder that is a model itself.

    Raises:
        NoSuchModel: there is none.
    """
    from shipway.serving.lifecycle.base_path import find_versions
    from shipway.serving.runtimes import RUNTIMES

    folder = Path(text).expanduser().absolute()
    if not folder.is_dir():
        raise NoSuchModel(text, "is no folder that is there")
    versions = find_versions(folder, lambda path: any(runtime.recognises(path) for runtime in RUNTIMES))
    if not versions:
        raise NoSuchModel(text, "holds neither a model nor numbered versions of one")
    if version is not None and version not in versions:
        raise NoSuchModel(text, f"has no version {version}, it has {', '.join(map(str, sorted(versions)))}")
    return versions[max(versions) if version is None else version]
