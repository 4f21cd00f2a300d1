"""What a person is told about anomalies: everything in the log, the gist and the way out in one sentence."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from tensorflow_metadata.proto.v0 import anomalies_pb2

from shipway.artifacts import ExampleAnomalies
from shipway.step import StepVerdict
from shipway_components.example_validator.anomalies import Anomalies, AnomalyInfo, findings
from shipway_components.example_validator.imbalance import SHORT as IMBALANCED

log = logging.getLogger(__name__)

SHOWN = 5

COMPARATORS = {
    kind for name, kind in anomalies_pb2.AnomalyInfo.Type.items() if name.startswith("COMPARATOR_")
}  # fmt: skip


class AnomaliesFound(StepVerdict):
    """Data that must not be trained on; the artifact with what is wrong with it outlives the run that it stops."""

    def __init__(self, by_split: Mapping[str, Anomalies], run_id: str, artifact: ExampleAnomalies) -> None:
        splits = {split: errors(anomalies) for split, anomalies in by_split.items()}
        gist = "; ".join(f"in the split {split!r}: {_gist(found)}" for split, found in splits.items() if found)
        reasons = [reason for found in splits.values() for _, info in found for reason in info.reason]
        super().__init__(f"The data has anomalies {gist}; {way_out(reasons, run_id)}.", evidence=[artifact])


def errors(anomalies: Anomalies) -> list[tuple[str, AnomalyInfo]]:
    """The findings that are more than a warning."""
    return [(feature, info) for feature, info in findings(anomalies) if info.severity == AnomalyInfo.ERROR]


def way_out(reasons: list[AnomalyInfo.Reason], run_id: str) -> str:
    """What to do about anomalies with these reasons."""
    ways = []
    compared = [reason for reason in reasons if reason.type in COMPARATORS]
    imbalanced = [reason for reason in reasons if reason.short_description == IMBALANCED]
    custom = [reason for reason in reasons if _is_custom(reason)]
    if len(reasons) > len(compared) + len(imbalanced) + len(custom):
        ways.append(
            f"correct the data, or look at what would change with 'shipway schema diff {run_id}' and take it over with "
            f"'shipway schema accept {run_id}'"
        )
    if compared:
        ways.append("if a change of distribution is expected, raise its threshold in the schema")
    if imbalanced:
        ways.append("if an imbalance is expected, change its limit in the parameter 'imbalance'")
    if custom:
        ways.append("correct the data, or the condition in 'custom_validation_config'")
    return "; ".join(ways)


def log_findings(split: str, anomalies: Anomalies) -> None:
    """Every finding of a split and every measured distance, a line each."""
    for feature, info in findings(anomalies):
        subject = f"feature {feature!r}" if feature else "the whole data set"
        log.warning("Split %r, %s: %s", split, subject, info.description.strip())
    for measured in anomalies.drift_skew_info:
        feature = ".".join(measured.path.step)
        for kind, measurements in (("Drift", measured.drift_measurements), ("Skew", measured.skew_measurements)):
            for each in measurements:
                name = type(each).Type.Name(each.type)
                log.info("%s of %r in split %r: %s %.6g of %g", kind, feature, split, name, each.value, each.threshold)


def _gist(found: list[tuple[str, AnomalyInfo]]) -> str:
    shown = [f"{feature!r} ({_short(info)})" if feature else _short(info) for feature, info in found[:SHOWN]]
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(shown) + more


def _short(info: AnomalyInfo) -> str:
    """What is wrong, in the words of TFDV, or of whoever wrote the condition."""
    words = [reason.short_description if _is_custom(reason) else reason.description for reason in info.reason]
    return " ".join(word.strip() for word in words).rstrip(".")


def _is_custom(reason: AnomalyInfo.Reason) -> bool:
    return reason.type == AnomalyInfo.CUSTOM_VALIDATION and reason.short_description != IMBALANCED
