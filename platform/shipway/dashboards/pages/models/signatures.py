"""What a model's files say that it takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shipway.dashboards.artifact_files import folder_of
from shipway.dashboards.runs.texts import plain
from shipway.errors import ContractError, InputError
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home

SAVED_MODEL = "Format-Serving/saved_model.pb"
"""Where a `Model` has what is served."""

TENSORS_SHOWN = 100
KEPT = 64


@dataclass(frozen=True)
class SignatureLine:
    """A signature: its inputs and outputs as (name, type and shape), and how many were left out of each."""

    name: str
    inputs: Sequence[tuple[str, str]]
    outputs: Sequence[tuple[str, str]]
    left_out: int


@dataclass(frozen=True)
class Signatures:
    """The signatures of a model; `problem` says why there are none."""

    lines: Sequence[SignatureLine] = ()
    problem: str = ""


def signatures_of(home: Home, model: RecordedArtifact) -> Signatures:
    """The signatures of a Model's files. Never raises."""
    try:
        folder = folder_of(model, home)
        path = (folder / SAVED_MODEL).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            return Signatures(problem=_absence(model, folder))
        stat = path.stat()
        return Signatures(_kept(path, stat.st_mtime_ns, stat.st_size))
    except (ContractError, InputError) as fault:
        return Signatures(problem=str(fault))
    except (ImportError, OSError, RuntimeError) as error:
        return Signatures(problem=f"The model's signatures cannot be read ({plain(error)[:200]}).")


def _absence(model: RecordedArtifact, folder: Path) -> str:
    if model.state == "DELETED":
        return "The model's files were deleted, as is recorded."
    what = f"has no {SAVED_MODEL}" if folder.is_dir() else "is not there"
    return f"The model's folder {str(folder)[:300]!r} {what}: run the trainer again, or bring its files back."


@lru_cache(KEPT)
def _kept(path: Path, mtime_ns: int, size: int) -> Sequence[SignatureLine]:
    from shipway.data.model.saved_signatures import read_saved_signatures

    found = []
    for name, signature in sorted(read_saved_signatures(path).items()):
        inputs, outputs = (
            [(plain(key), str(spec)) for key, spec in tensors.items()]
            for tensors in (signature.inputs, signature.outputs)
        )
        left_out = max(0, len(inputs) - TENSORS_SHOWN) + max(0, len(outputs) - TENSORS_SHOWN)
        found.append(SignatureLine(plain(name), inputs[:TENSORS_SHOWN], outputs[:TENSORS_SHOWN], left_out))
    return found
