"""The engine alone: no process, no file; leaves end as the test says."""

from collections.abc import Callable
from typing import Any

import pytest

from shipway.runner import CompiledPipeline
from shipway.runner.engine import Engine
from shipway.runner.outputs import ArtifactValue, Values
from shipway.runner.parameters import bind_parameters
from shipway.runner.scope import Node, State
from shipway.runner.selection import leaves_below, select_until, selected_leaves


class Leaves:
    """Ends leaves at once, or when told to."""

    def __init__(self, pipeline: CompiledPipeline, until: str = "", wait: bool = False) -> None:
        self.pipeline = pipeline.spec
        self.submitted: list[Node] = []
        self.outputs: dict[str, dict[str, Any]] = {}
        self.failing: set[str] = set()
        self.wait = wait
        selection = select_until(self.pipeline, until) if until else None
        self.engine = Engine(self.pipeline, self.submit, {"pipeline_job_uuid": "run"}, selection)

    def start(self, **parameters: Any) -> "Leaves":
        self.engine.start(bind_parameters(self.pipeline.name, self.pipeline.root, parameters))
        return self

    def submit(self, node: Node) -> None:
        self.submitted.append(node)
        if not self.wait:
            self.end(node)

    def end(self, node: Node, state: State = State.SUCCEEDED) -> None:
        if node.name in self.failing:
            self.engine.finish(node, State.FAILED, sentence=f"{node.name} is broken")
            return
        given = self.outputs.get(node.task.name, {})
        parameters = {name: given.get(name, f"{node.name}.{name}") for name in node.component.output_parameters}
        artifacts = {
            name: [ArtifactValue("Files", slot.schema_title, f"/{node.name}/{name}")]
            for name, slot in node.component.output_artifacts.items()
        }
        self.engine.finish(node, state, Values(parameters, artifacts))

    def node(self, name: str) -> Node:
        return next(node for node in self.submitted if node.name == name)

    @property
    def names(self) -> list[str]:
        return [node.name for node in self.submitted]


@pytest.fixture
def leaves(compiled: Callable[[str], CompiledPipeline]) -> Callable[..., Leaves]:
    return lambda name, **options: Leaves(compiled(name), **options)


def test_a_parallelism_limit_opens_the_next_iteration_when_one_has_ended(leaves: Callable[..., Leaves]) -> None:
    run = leaves("loops", wait=True).start()
    assert {"write.0", "double.0"} <= set(run.names)
    assert "write.1" not in run.names
    run.end(run.node("write.0"))
    assert "write.1" not in run.names
    run.end(run.node("double.0"))
    assert "write.1" in run.names


def test_what_waits_for_a_failed_task_is_blocked_and_the_rest_goes_on(leaves: Callable[..., Leaves]) -> None:
    run = leaves("exits")
    run.failing = {"broken", "broken-2"}
    run.start(path="/x")
    assert run.engine.state is State.FAILED
    states = {node.name: (node.state, node.sentence) for node in run.engine.leaves()}
    assert states["greet"] == (State.BLOCKED, "task 'broken-2' failed")
    assert states["note"][0] is State.SUCCEEDED
    status = run.node("report").inputs.parameters["status"]
    assert (status["state"], status["error"]["message"]) == ("FAILED", "broken is broken")


def test_a_cancelled_run_starts_nothing_more(leaves: Callable[..., Leaves]) -> None:
    run = leaves("chain", wait=True).start()
    run.engine.cancel()
    run.end(run.node("write"), State.CANCELLED)
    assert run.engine.state is State.CANCELLED
    assert run.names == ["write"]


def test_collected_outputs_come_in_the_order_of_the_items_whatever_ended_first(leaves: Callable[..., Leaves]) -> None:
    run = leaves("artifact_loop", wait=True).start()
    for name in ("several.write-dataset.1", "several.write-dataset.0"):
        run.end(run.node(name))
    given = [run.node(f"read-dataset.{index}").inputs.artifacts["dataset"][0].uri for index in (0, 1)]
    assert given == ["/several.write-dataset.0/dataset", "/several.write-dataset.1/dataset"]


def test_a_loop_over_something_else_than_a_list_names_the_task(leaves: Callable[..., Leaves]) -> None:
    run = leaves("loops")
    run.outputs = {"judge": {"words": {"no": "list"}}}
    run.start()
    failed = run.engine._root.nodes  # type: ignore[union-attr]
    sentences = [node.sentence for node in failed.values() if node.state is State.FAILED]
    assert len(sentences) == 1
    assert "which must be a list" in sentences[0]


def test_until_leaves_out_what_is_not_needed(leaves: Callable[..., Leaves]) -> None:
    assert leaves("nested", until="inner.greet").start().names == ["inner.greet"]
    assert leaves("branches", until="double").start().names[0] == "judge"
    assert set(leaves("loops", until="read_all").start().names) == {
        "write.0", "double.0", "write.1", "double.1", "read-all",
    }  # fmt: skip


def test_names_of_leaves_before_and_while_they_run(
    leaves: Callable[..., Leaves], compiled: Callable[[str], CompiledPipeline]
) -> None:
    planned = [leaf.name for leaf in selected_leaves(compiled("nested").spec, None)]
    assert set(planned) == {
        "inner-2.greet", "inner-2.greet-2", "inner.greet", "inner.greet-2", "inner-3.greet", "inner-3.greet-2", "say",
    }  # fmt: skip
    assert "inner-2.0.greet-2" in leaves("nested").start().names
    certain = {leaf.name for leaf in selected_leaves(compiled("branches").spec, None) if leaf.certain}
    assert certain == {"judge", "read", "say"}


def test_results_taken_over_do_not_count_as_fresh(leaves: Callable[..., Leaves]) -> None:
    run = leaves("chain", wait=True).start()
    write = run.node("write")
    artifact = ArtifactValue("Files", "system.Artifact", "/x")
    run.engine.finish(write, State.SUCCEEDED, Values({"said": "x"}, {"files": [artifact]}), fresh=False)
    assert not run.node("read").after_fresh
    again = leaves("chain", wait=True).start()
    again.end(again.node("write"))
    assert again.node("read").after_fresh


def test_leaves_below_a_group_that_never_opened(leaves: Callable[..., Leaves]) -> None:
    run = leaves("branches")
    run.outputs = {"judge": {"word": "heads", "share": 0.1, "good": True, "count": 1}}
    run.start()
    root = run.engine._root
    assert root is not None
    skipped = [node for node in root.nodes.values() if node.state is State.OMITTED]
    below = sorted(name for node in skipped for name in leaves_below(run.pipeline, node))
    assert below == ["double", "say-2"]
