"""From a declared step to the Kubeflow Pipelines container component, by kfp's own decorator.

kfp reads a function's signature and calls the function for its container; so a function with the signature that the
step's interface translates to is made here. Artifact types outside `system.` are refused by kfp: Shipway's own types
are known by the declaration and checked when tasks are wired.
"""

from __future__ import annotations

import inspect
from typing import Any, Optional

import shipway
from shipway.artifacts import Artifact
from shipway.step.declaration import InputSpec
from shipway.step.step import Step

PLATFORM_IMAGES = frozenset({"control", "data", "train", "train-gpu", "serving"})
EXECUTOR_INPUT = "{{$}}"
DIGEST_SUFFIX = "_digest"
"""What the hidden parameter is called that carries a module file's digest: `module_file_digest`."""


def build_component(step: Step) -> Any:
    """The `dsl.container_component` of a step."""
    from kfp import dsl

    def container(*_: Any) -> Any:
        return dsl.ContainerSpec(
            image=image_name(step.image),
            command=["python", "-m", "shipway.step"],
            args=[step.reference, "--executor-input", EXECUTOR_INPUT],
        )

    container.__name__ = step.name
    container.__doc__ = step.function.__doc__
    container.__signature__ = inspect.Signature(_parameters(step))  # type: ignore[attr-defined]
    return dsl.container_component(container)


def image_name(image: str) -> str:
    """The full name of one of the platform's own images; any other name stands for itself."""
    return f"shipway/{image}:{shipway.__version__}" if image in PLATFORM_IMAGES else image


def _parameters(step: Step) -> list[inspect.Parameter]:
    from kfp import dsl

    parameters = [
        _parameter(name, _input_annotation(spec), None if spec.optional else inspect.Parameter.empty)
        for name, spec in step.inputs.items()
    ]
    parameters += [_parameter(name, dsl.Output[_kfp_type(spec.artifact_type)]) for name, spec in step.outputs.items()]
    for name, spec in step.parameters.items():
        default = inspect.Parameter.empty if spec.required else spec.default
        parameters.append(_parameter(name, spec.kind, default))
        if spec.is_module_file:
            parameters.append(_parameter(name + DIGEST_SUFFIX, str, ""))
    parameters += [_parameter(name, dsl.OutputPath(kind)) for name, kind in step.results.items()]
    return parameters


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _input_annotation(spec: InputSpec) -> Any:
    from kfp import dsl

    kind = _kfp_type(spec.artifact_type)
    annotation = dsl.Input[list[kind]] if spec.is_list else dsl.Input[kind]  # type: ignore[valid-type]
    return Optional[annotation] if spec.optional else annotation  # noqa: UP045 - kfp knows this spelling alone


def _kfp_type(artifact_type: type[Artifact]) -> Any:
    from kfp import dsl

    kinds = (
        dsl.Artifact, dsl.Dataset, dsl.Model, dsl.Metrics, dsl.ClassificationMetrics, dsl.HTML, dsl.Markdown,
    )  # fmt: skip
    return {kind.schema_title: kind for kind in kinds}[artifact_type.schema_title]
