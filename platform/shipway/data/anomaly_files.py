"""The files of an ExampleAnomalies artifact: `Split-<name>/SchemaDiff.pb`, TFDV's Anomalies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shipway.errors import InputError

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies

FILE_NAME = "SchemaDiff.pb"
SPLIT = "Split-"
LARGEST_BYTES = 64 << 20


class UnreadableAnomalies(InputError):
    """Anomalies that are missing or damaged."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"The anomalies {str(path)!r} cannot be read ({problem}): run the example_validator again for this span."
        )


def read_anomalies(folder: Path) -> dict[str, Anomalies]:
    """The anomalies of each split. Raises `UnreadableAnomalies`."""
    from google.protobuf.message import DecodeError
    from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies

    files = sorted(folder.glob(f"{SPLIT}*/{FILE_NAME}"))
    if not files:
        raise UnreadableAnomalies(folder, f"it has no {SPLIT}*/{FILE_NAME}")
    found = {}
    for file in files:
        try:
            if file.stat().st_size > LARGEST_BYTES:
                raise UnreadableAnomalies(file, f"it has more than {LARGEST_BYTES >> 20} MiB")
            found[file.parent.name.removeprefix(SPLIT)] = Anomalies.FromString(file.read_bytes())
        except (OSError, DecodeError) as error:
            raise UnreadableAnomalies(file, str(error) or "it is damaged") from error
    return found
