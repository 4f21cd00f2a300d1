"""The verdict: a model is blessed when the model server, in a process of its own, loads it and answers in time."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict

from shipway.artifacts import Examples, InfraBlessing, Model
from shipway.data.split_files import split_files
from shipway.step import StepContext
from shipway_components.infra_validator.isolation import Limits, ProbeReport, probe_model
from shipway_components.infra_validator.questions import Questions
from shipway_components.infra_validator.specs import ValidationSpecs, read_specs

__all__ = ["read_specs", "validate"]

REPORT = "report.json"

log = logging.getLogger(__name__)


def validate(
    model: Model, examples: Examples | None, blessing: InfraBlessing, specs: ValidationSpecs, context: StepContext
) -> None:
    """Validate `model` and write `blessing`; a model that fails is a verdict, not an error.

    Raises:
        UnknownSplit: `specs` name a split that the examples do not have.
    """
    questions = _questions(examples, specs)
    limits = Limits(specs.max_loading_time_seconds, specs.max_request_seconds)
    report = ProbeReport()
    for attempt in range(specs.num_tries):
        report = _probe(model, questions, limits, specs, context)
        if not report.reasons:
            break
        log.warning("attempt %d of %d: %s", attempt + 1, specs.num_tries, " ".join(report.reasons))
    _write(blessing, report)
    context.progress(specs.num_examples if report.signatures else 0)


def _probe(
    model: Model, questions: Questions, limits: Limits, specs: ValidationSpecs, context: StepContext
) -> ProbeReport:
    if specs.canary is None:
        return probe_model(str(model.serving_path), questions, limits)
    from shipway_components.infra_validator.canary import probe_in_cluster

    return probe_in_cluster(specs.canary, model, questions, limits, context)


def _questions(examples: Examples | None, specs: ValidationSpecs) -> Questions:
    if examples is not None and specs.split_name:
        split_files(examples, specs.split_name)
    return Questions(
        examples_path=str(examples.path) if examples else "",
        payload_format=examples.payload_format if examples else "",
        split_names=tuple(examples.split_names) if examples else (),
        split_name=specs.split_name,
        num_examples=specs.num_examples,
        signature_names=specs.signature_names,
        max_latency_ms=specs.max_latency_ms,
    )


def _write(blessing: InfraBlessing, report: ProbeReport) -> None:
    blessed = not report.reasons
    blessing.path.mkdir(parents=True, exist_ok=True)
    (blessing.path / ("INFRA_BLESSED" if blessed else "INFRA_NOT_BLESSED")).write_text("\n".join(report.reasons))
    (blessing.path / REPORT).write_text(json.dumps(asdict(report), indent=2))
    blessing.blessed = int(blessed)
    blessing.metadata["reasons"] = json.dumps(report.reasons)
    if report.loading_seconds is not None:
        blessing.metadata["loading_seconds"] = report.loading_seconds
    for name, seen in report.signatures.items():
        blessing.metadata[f"median_ms.{name}"] = seen["median_ms"]
