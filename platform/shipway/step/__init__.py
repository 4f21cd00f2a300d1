"""The step contract: one annotated function declares a Kubeflow component, a container and a local task."""

from shipway.step.annotations import Input, ModuleFile, Output
from shipway.step.context import RunIdentity, StepContext
from shipway.step.execution import execute
from shipway.step.loading import load_step
from shipway.step.module_file import find_module, load_module, module_digest, require_function
from shipway.step.source import source_digest
from shipway.step.step import Step, step
from shipway.step.verdict import StepVerdict

__all__ = [
    "Input",
    "ModuleFile",
    "Output",
    "RunIdentity",
    "Step",
    "StepContext",
    "StepVerdict",
    "execute",
    "find_module",
    "load_module",
    "load_step",
    "module_digest",
    "require_function",
    "source_digest",
    "step",
]
