"""A metadata store that a few runs have been recorded in."""

from collections.abc import Sequence

import pytest

from shipway.artifacts import Artifact, ExampleAnomalies, digest_tree
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.step import StepContext


def record_of(artifact: Artifact) -> ArtifactRecord:
    return ArtifactRecord(artifact.type_name, artifact.uri, dict(artifact.metadata), digest_tree(artifact.path))


class History:
    """Writes tasks into a store, and makes the folders of their artifacts."""

    def __init__(self, folder):
        self.folder = folder
        self.lineage = Lineage.open(folder / "metadata.db")
        self.tasks = 0

    def make(self, kind: type[Artifact], content: str = "", **properties):
        self.tasks += 1
        artifact = kind(str(self.folder / f"{kind.type_name}-{self.tasks}"))
        artifact.path.mkdir()
        (artifact.path / "content").write_text(content or str(self.tasks))
        for name, value in properties.items():
            setattr(artifact, name, value)
        return artifact

    def ran(self, outputs: dict[str, Artifact], inputs: dict[str, Artifact] | None = None, pipeline="flights"):
        self.tasks += 1
        task = TaskIdentity(pipeline, f"run-{self.tasks}", f"task-{self.tasks}", "a_package.a_step")
        wired: dict[str, Sequence[ArtifactRecord]] = {key: [record_of(one)] for key, one in (inputs or {}).items()}
        number = self.lineage.begin(task, wired, {}, "key")
        self.lineage.complete(number, {key: [record_of(one)] for key, one in outputs.items()}, {})

    def validated(self, statistics: Artifact, *, refused: bool, pipeline="flights"):
        """A validation of statistics, which stops its run where it refuses them."""
        self.tasks += 1
        task = TaskIdentity(pipeline, f"run-{self.tasks}", "example-validator", "a_package.example_validator")
        number = self.lineage.begin(task, {"statistics": [record_of(statistics)]}, {}, "key")
        found = {"anomalies": [record_of(self.make(ExampleAnomalies))]}
        if refused:
            self.lineage.fail(number, "The data has anomalies.", found)
        else:
            self.lineage.complete(number, found, {})

    def context(self, folder, pipeline="flights"):
        return StepContext(pipeline, "run", "resolver", folder, lineage=self.lineage.queries())


@pytest.fixture
def history(tmp_path):
    history = History(tmp_path)
    yield history
    history.lineage.close()


@pytest.fixture
def context(history, tmp_path):
    return history.context(tmp_path)
