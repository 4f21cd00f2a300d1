"""Real rows for a model without naming a file: those of the examples that it was evaluated on, found in lineage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from shipway.artifacts import Examples, local_path
from shipway.cli.prediction.rows import RowBatch, columns_of, limited, numbered
from shipway.cli.reference import NoSuchArtifact, find_artifact, recorded_lineage
from shipway.data.examples import read_split
from shipway.errors import UsageError
from shipway.lineage import RecordedArtifact
from shipway.lineage.faults import MissingStore
from shipway.settings import Settings

EVAL = "eval"


class NoOwnExamples(UsageError):
    """Nothing says what the model was made from."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"No run in this folder is on record that made {str(folder)!r}, so there are no rows to ask it: name a "
            "file of rows, or '-'."
        )


class OwnExamples:
    """The rows of the raw examples upstream of a model: the split called "eval", or the last one."""

    is_text = False

    def __init__(self, settings: Settings, folder: Path) -> None:
        """Raises `NoOwnExamples`."""
        found = _examples(settings, folder)
        metadata = {name: value for name, value in found.metadata.items() if isinstance(value, str | int | float)}
        self._examples = Examples(found.uri, path=local_path(found.uri), metadata=metadata)
        names = self._examples.split_names
        self._split = EVAL if EVAL in names or not names else names[-1]
        self.name = f"{found.uri} (split {self._split!r})"

    def batches(self, size: int, limit: int | None = None, only_input: str = "") -> Iterator[RowBatch]:
        """The first `limit` rows; raises what reading the split raises."""
        size = size if limit is None else min(size, limit)
        return limited(
            numbered(columns_of(batch) for batch in read_split(self._examples, self._split, None, size)), limit
        )


def _examples(settings: Settings, folder: Path) -> RecordedArtifact:
    """Of all examples upstream the ones recorded first: what a Transform made of them comes later."""
    try:
        with recorded_lineage(settings) as queries:
            model = find_artifact(queries, str(folder))
            upstream = queries.upstream(model.id).artifacts.values()
    except (NoSuchArtifact, MissingStore) as error:
        raise NoOwnExamples(folder) from error
    found = [one for one in upstream if one.type_name == Examples.type_name]
    if not found:
        raise NoOwnExamples(folder)
    return min(found, key=lambda one: one.id)
