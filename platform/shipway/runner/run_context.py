"""What everything that works on one run shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.artifacts import storage_faults
from shipway.runner.code_digests import CodeDigests
from shipway.runner.compiled import CompiledPipeline
from shipway.runner.engine import Engine
from shipway.runner.home import Home
from shipway.runner.journal import Journal
from shipway.runner.loop import EventLoop
from shipway.runner.plan import Plan, plan_container
from shipway.runner.recording import TaskRecorder
from shipway.runner.results import RunObserver
from shipway.runner.run_store import path_safe
from shipway.runner.scope import Node
from shipway.runner.spec import Container

if TYPE_CHECKING:
    from shipway.runner.pool import ZygotePool


@dataclass
class RunContext:
    """One run in progress. `facts` are the run's placeholders."""

    home: Home
    run_id: str
    compiled: CompiledPipeline
    facts: Mapping[str, str]
    journal: Journal
    recorder: TaskRecorder
    loop: EventLoop
    imports_log: Path
    observer: RunObserver
    code: CodeDigests
    engine: Engine = field(init=False)

    @cached_property
    def pool(self) -> ZygotePool:
        """The zygotes, of which a run that is all cached needs none."""
        from shipway.runner.pool import ZygotePool

        return ZygotePool(self.loop, self.imports_log, self.compiled.folders)

    def close(self) -> None:
        """End every process of the run."""
        if "pool" in self.__dict__:
            self.pool.close()

    def plan(self, node: Node) -> Plan:
        """How the container of `node` is run. Raises `NeedsCluster` and `NeedsPackages`."""
        assert isinstance(node.component.body, Container)
        return plan_container(node.name, node.component.body, self.compiled.steps)

    def task_folder(self, node: Node) -> Path:
        return self.home.artifacts / path_safe(self.compiled.name) / self.run_id / node.name

    def log(self, node: Node) -> Path:
        """Where the task's process prints to; its folder is made."""
        file = self.home.log_file(self.run_id, node.name)
        with storage_faults(file):
            file.parent.mkdir(parents=True, exist_ok=True)
        return file
