"""`@step`: one annotated function is a Kubeflow component, a container's entrypoint and a task of the local runner."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from shipway.step.declaration import InputSpec, Interface, OutputSpec, ParameterSpec, Resources, read_interface

ReadsFunction = Callable[..., str]


class Step:
    """A declared step. Calling it inside a `@dsl.pipeline` adds a task; `function` is the plain function."""

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        image: str,
        resources: Resources,
        cacheable: bool,
        preload: Sequence[str],
        reads: ReadsFunction | None,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.image = image
        self.resources = resources
        self.cacheable = cacheable
        self.preload = tuple(preload)
        self.reads = reads

    @functools.cached_property
    def interface(self) -> Interface:
        return read_interface(self.function)

    @property
    def inputs(self) -> dict[str, InputSpec]:
        return self.interface.inputs

    @property
    def outputs(self) -> dict[str, OutputSpec]:
        return self.interface.outputs

    @property
    def parameters(self) -> dict[str, ParameterSpec]:
        return self.interface.parameters

    @property
    def results(self) -> dict[str, type]:
        """The output parameters and their types."""
        return self.interface.results

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def reference(self) -> str:
        """`package.step`, by which `python -m shipway.step` finds the step again."""
        module = self.function.__module__
        return module if module.rpartition(".")[2] == self.name else f"{module}.{self.name}"

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    @functools.cached_property
    def component(self) -> Any:
        """The Kubeflow Pipelines component, built when it is first asked for: the images of steps hold no kfp."""
        from shipway.step.component import build_component

        return build_component(self)

    def __call__(self, **arguments: Any) -> Any:
        """Add a task to the pipeline that is being written, and return Kubeflow's own task object.

        Raises `WrongArtifactType`, naming both steps, when an artifact is wired into an input of another type.
        """
        from shipway.step.task import add_task

        return add_task(self, arguments)


def step(
    *,
    image: str = "data",
    cpu: str | None = None,
    memory: str | None = None,
    accelerator: str | None = None,
    accelerator_count: int = 0,
    node_pool: str | None = None,
    retries: int = 0,
    timeout_seconds: float | None = None,
    cacheable: bool = True,
    preload: Sequence[str] = (),
    reads: ReadsFunction | None = None,
) -> Callable[[Callable[..., Any]], Step]:
    """Declare a step.

    Args:
        image: `control`, `data`, `train` or `serving` (the platform's own), or the full name of any image.
        cpu: CPU limit in Kubernetes' notation ("1", "500m").
        memory: memory limit in Kubernetes' notation ("2Gi").
        accelerator: the limit's name, verbatim ("nvidia.com/gpu", "google.com/tpu").
        accelerator_count: how many of them.
        node_pool: the pool to run on, by name.
        retries: how often a failed step is tried again, with growing pauses.
        timeout_seconds: after which a try is stopped and counts as failed.
        cacheable: whether an earlier result for the same code, parameters and inputs may stand in.
        preload: modules that take long to import, so that the local runner imports them once for all steps.
        reads: a function of the step's own parameters and inputs, and of `lineage` and `pipeline_name`, each taken by
            name, that returns a fingerprint of what the step reads beside them: files, an earlier run's artifacts.
            Part of the cache key.
    """
    resources = Resources(cpu, memory, accelerator, accelerator_count, node_pool, retries, timeout_seconds)

    def declare(function: Callable[..., Any]) -> Step:
        return Step(function, image=image, resources=resources, cacheable=cacheable, preload=preload, reads=reads)

    return declare
