"""Running one step: what every step needs is done here, once, so that step logic knows only paths and values."""

from __future__ import annotations

import json
import logging
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shipway.artifacts import (
    DIGEST,
    RESOLVED,
    SIZE_BYTES,
    Artifact,
    digest_tree,
    discard,
    local_path,
    partial_sibling,
    publish,
    size_of,
    storage_faults,
    write_text,
)
from shipway.errors import ContractError, ShipwayError
from shipway.step.context import RunIdentity, StepContext, no_progress
from shipway.step.declaration import SINGLE_RESULT
from shipway.step.executor_input import Call, read_call
from shipway.step.step import Step
from shipway.step.verdict import StepVerdict

HandOver = Callable[[dict[str, Any]], dict[str, Any]]
"""From an executor output to the one that is written for whoever started this process."""

log = logging.getLogger(__name__)


class BadResult(ContractError):
    """A step returned something other than its annotation promised."""

    def __init__(self, step: str, wanted: list[str], got: Any) -> None:
        super().__init__(
            f"Step {step!r} declares the output parameters {', '.join(wanted)} but returned {got!r}: return what the "
            "function's annotation says."
        )


class LostOutput(ContractError):
    """A step removed the folder of an output."""

    def __init__(self, step: str, name: str) -> None:
        super().__init__(f"Step {step!r} has removed the folder of its output {name!r}: write the files into it.")


class LostFile(ContractError):
    """A step wrote nothing where its output is one file."""

    def __init__(self, step: str, name: str) -> None:
        super().__init__(f"Step {step!r} has not written its output {name!r}: write one file to the output's path.")


class BadMetadata(ContractError):
    """Metadata that no store keeps."""

    def __init__(self, step: str, name: str, key: str, value: Any) -> None:
        super().__init__(
            f"Step {step!r} sets the metadata {key!r} of its output {name!r} to a {type(value).__name__}: set a text "
            "or a number, nested data as a text of JSON."
        )


class NotFinite(ContractError):
    """NaN or infinity, for which JSON has no word: Kubeflow Pipelines would fail the step without saying why."""

    def __init__(self, step: str, what: str) -> None:
        super().__init__(f"Step {step!r} sets {what} to NaN or infinity: set a finite number, or a text.")


def execute(
    step: Step,
    executor_input: Mapping[str, Any],
    *,
    progress: Callable[[int], None] | None = None,
    lineage: Any = None,
) -> dict[str, Any]:
    """Run `step` as its container would and return the executor output, which is also written to its output file.

    Outputs are written under a temporary name and renamed when the function has returned: a step that fails or is
    killed publishes nothing, but for the evidence of a `StepVerdict`. Raises what the step raises.
    """
    return execute_call(step, read_call(step, executor_input), progress=progress, lineage=lineage)


def execute_call(
    step: Step,
    call: Call,
    *,
    progress: Callable[[int], None] | None = None,
    lineage: Any = None,
    hand_over: HandOver = dict,
) -> dict[str, Any]:
    """`execute` for who has read the executor input; what `hand_over` makes of its output is written."""
    with _workspace(call) as work_dir:
        context = _context(call, work_dir, progress, lineage)
        finals = _open_outputs(call)
        try:
            values = _result_values(step, _run(step, call, context))
            output = {"parameterValues": values, "artifacts": _publish(step, call.outputs, finals)}
        except StepVerdict as verdict:
            verdict.kept = _keep(step, call, finals, verdict)
            raise
        finally:
            _discard_partials(call, finals)
    write_text(Path(call.output_file), json.dumps(hand_over(output)))
    for name, file in call.result_files.items():
        if name in output["parameterValues"]:
            write_text(Path(file), _parameter_text(output["parameterValues"][name]))
    return output


@contextmanager
def _workspace(call: Call) -> Iterator[Path]:
    folder = Path(call.output_file).parent
    with storage_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        work_dir = Path(tempfile.mkdtemp(prefix=".partial-work-", dir=folder))
    try:
        with storage_faults(folder):
            yield work_dir
    finally:
        shutil.rmtree(work_dir, ignore_errors=True)


def _context(call: Call, work_dir: Path, progress: Callable[[int], None] | None, lineage: Any) -> StepContext:
    identity = RunIdentity.of_output_file(call.output_file)
    return StepContext(
        identity.pipeline, identity.run_id, identity.task, work_dir, progress or no_progress, lineage
    )  # fmt: skip


def _open_outputs(call: Call) -> dict[str, Path]:
    """Give every output a fresh place under a temporary name, a folder or a file's; returns their final places."""
    finals = {}
    for name, artifact in call.outputs.items():
        finals[name] = local_path(artifact.uri)
        artifact.path = partial_sibling(finals[name])
        folder = artifact.path.parent if artifact.is_file else artifact.path
        folder.mkdir(parents=True, exist_ok=True)
    return finals


def _run(step: Step, call: Call, context: StepContext) -> Any:
    arguments: dict[str, Any] = {**call.parameters, **call.inputs, **call.outputs}
    if step.interface.context_name:
        arguments[step.interface.context_name] = context
    return step.function(**arguments)


def _publish(step: Step, outputs: dict[str, Artifact], finals: dict[str, Path]) -> dict[str, Any]:
    """Seal all outputs, then give them their real names; they as the executor output lists them."""
    for name, artifact in outputs.items():
        _seal(step.name, name, artifact, finals[name])
    artifacts = {}
    for name, artifact in outputs.items():
        if local_path(artifact.uri) == finals[name]:
            publish(artifact.path, finals[name])
            artifact.path = finals[name]
        artifacts[name] = {"artifacts": [{"name": artifact.name, "uri": artifact.uri, "metadata": artifact.metadata}]}
    return artifacts


def _keep(step: Step, call: Call, finals: dict[str, Path], verdict: StepVerdict) -> dict[str, Any]:
    """Publish the evidence of a verdict. Where that cannot be, the log says so: the verdict is what counts."""
    try:
        return _publish(step, verdict.outputs_among(step.name, call.outputs), finals)
    except (ShipwayError, OSError) as error:
        log.warning("The evidence of step %r is not kept: %s", step.name, error)
        return {}


def _seal(step: str, name: str, artifact: Artifact, final: Path) -> None:
    """Check, digest and measure an output, before any gets its real name; a step may point one to what is there."""
    if local_path(artifact.uri) != final:
        discard(artifact.path)
        artifact.path = local_path(artifact.uri)
    elif not (artifact.path.is_file() if artifact.is_file else artifact.path.is_dir()):
        raise LostFile(step, name) if artifact.is_file else LostOutput(step, name)
    for key, value in artifact.metadata.items():
        try:
            json.dumps(value, allow_nan=False)
        except ValueError as error:
            raise NotFinite(step, f"the metadata {key!r} of its output {name!r}") from error
        except TypeError as error:
            raise BadMetadata(step, name, key, value) from error
    if artifact.metadata.get(RESOLVED, 1) and artifact.path.exists():
        artifact.metadata.setdefault(DIGEST, digest_tree(artifact.path))
        artifact.metadata.setdefault(SIZE_BYTES, size_of(artifact.path))


def _result_values(step: Step, result: Any) -> dict[str, Any]:
    wanted = step.results
    if not wanted:
        return {}
    values = result._asdict() if hasattr(result, "_asdict") else {SINGLE_RESULT: result}
    if set(values) != set(wanted) or not all(_fits(values[name], kind) for name, kind in wanted.items()):
        raise BadResult(step.name, list(wanted), result)
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise NotFinite(step.name, f"its output parameter {name!r}")
    return values


def _fits(value: Any, kind: type) -> bool:
    return isinstance(value, kind) or (kind is float and isinstance(value, int))


def _parameter_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _discard_partials(call: Call, finals: dict[str, Path]) -> None:
    for name, artifact in call.outputs.items():
        if artifact.path != finals[name] and artifact.path.name.startswith(".partial-"):
            discard(artifact.path)
