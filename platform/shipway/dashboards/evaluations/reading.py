"""Reading an evaluation: its files where they can be read, and its metadata for the rest."""

from __future__ import annotations

from dataclasses import replace

from shipway.dashboards.artifact_files import folder_of
from shipway.dashboards.evaluations.files import Files, read_evaluation, read_slice
from shipway.dashboards.evaluations.found import OVERALL, EvaluationFound, SliceMetrics
from shipway.dashboards.evaluations.summaries import summary_of
from shipway.errors import ContractError, EnvironmentFault, InputError
from shipway.lineage import RecordedArtifact
from shipway.runner.home import Home


class FilesGone(InputError):
    """An evaluation whose folder is not there."""

    def __init__(self, artifact: RecordedArtifact) -> None:
        why = "were deleted, as is recorded" if artifact.state == "DELETED" else f"are missing: {artifact.uri[:300]!r}"
        super().__init__(f"The files of {artifact.type_name[:100]} {artifact.id} {why}. Its metadata sums it up.")


def evaluation_of(home: Home, artifact: RecordedArtifact) -> EvaluationFound:
    """All of a ModelEvaluation. Never raises: `problems` says which file cannot be read, and why."""
    said = summary_of(artifact)
    try:
        read = read_evaluation(files_of(home, artifact))
    except (ContractError, EnvironmentFault, InputError) as fault:
        return replace(said, problems=[str(fault)])
    except ImportError as error:
        return replace(said, problems=[_without_extra(error)])
    rows = {one.name: one.examples for one in said.slices}
    slices = [one if one.examples is not None else replace(one, examples=rows.get(one.name)) for one in read.slices]
    return replace(
        read,
        slices=slices,
        rows=said.rows if said.rows is not None else read.rows,
        unlabelled=said.unlabelled,
        label=said.label,
        first_metric=said.first_metric,
    )


def slice_of(home: Home, artifact: RecordedArtifact, name: str) -> SliceMetrics | None:
    """One slice by its name, OVERALL for all rows; None where there is none. Quicker than all of an evaluation.

    Raises an `InputError`, `ContractError` or `EnvironmentFault` where the files cannot be read.
    """
    if name == OVERALL:
        said = summary_of(artifact)
        if said.metrics:
            return SliceMetrics(OVERALL, said.metrics, said.rows, (), said.baseline)
    try:
        return read_slice(files_of(home, artifact), name)
    except ImportError as error:
        raise EnvironmentFault(_without_extra(error)) from error


def files_of(home: Home, artifact: RecordedArtifact) -> Files:
    """The files of an evaluation as they are now. Raises `OutOfReach`, `FilesGone`, `DamagedEvaluation`."""
    folder = folder_of(artifact, home)
    if not folder.is_dir():
        raise FilesGone(artifact)
    return Files.of(folder)


def _without_extra(error: ImportError) -> str:
    return f"Evaluations cannot be read without Shipway's 'data' extra ({error.name} is not installed)."
