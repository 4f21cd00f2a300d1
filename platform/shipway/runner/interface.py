"""What a compiled pipeline takes, read without asking whether this machine could run it: a cluster can do more."""

from __future__ import annotations

from typing import Any

from shipway.runner.fields import BrokenPipeline, Fields
from shipway.runner.spec import Component, Dag
from shipway.runner.spec_reader import read_artifact, read_parameter


def read_interface(spec: Any) -> Component:
    """The root of a PipelineSpec with its parameters and artifacts, and without its tasks. Raises `BrokenPipeline`."""
    root = Fields(spec, "").child("root")
    if not root.has("dag"):
        raise BrokenPipeline("root.dag", "is missing")
    inputs = root.child("inputDefinitions")
    return Component(
        "root",
        Dag({}),
        {key: read_parameter(key, child) for key, child in inputs.items("parameters")},
        {key: read_artifact(key, child) for key, child in inputs.items("artifacts")},
        {},
        {},
    )
