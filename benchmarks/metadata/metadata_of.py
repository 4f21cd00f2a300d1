"""The metadata that steps leave on their artifacts, as the exporter, the dashboards and `shipway diff` read it."""

from __future__ import annotations

import json
from random import Random

Value = str | int | float
SPLITS = json.dumps(["train", "eval"])
CARRIERS = ("AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV")


def metadata_of(type_name: str, key: str, span: int, pipeline: str, chance: Random) -> dict[str, Value]:
    """What an artifact of that type, made of that span, says of itself beside its digest and its size."""
    rows = 300_000 + chance.randrange(60_000)
    if type_name == "Examples":
        own: dict[str, Value] = {"span": span, "version": 0, "split_names": SPLITS, "rows": rows}
        own["payload_format"] = "FORMAT_PARQUET"
        if key == "examples":
            own["split_rows"] = json.dumps({"train": rows * 2 // 3, "eval": rows - rows * 2 // 3})
            own.update(first_span=span, spans=json.dumps([span]), fingerprint=f"{chance.getrandbits(256):064x}")
        return own
    if type_name == "ExampleStatistics":
        return {"span": span, "split_names": SPLITS, "rows": rows}
    if type_name == "ExampleAnomalies":
        return {"span": span, "split_names": SPLITS, "anomalies": int(chance.random() < 0.05)}
    if type_name == "ModelEvaluation":
        return {"rows": rows // 3, "summary": json.dumps(_summary(rows // 3, chance))}
    if type_name in ("ModelBlessing", "InfraBlessing"):
        blessed = int(chance.random() < 0.9)
        return {"blessed": blessed, "reasons": "[]" if blessed else '["auc 0.7112 is below 0.72 (slice overall)"]'}
    if type_name == "PushedModel":
        return {
            "pushed": 1,
            "pushed_destination": f"/srv/models/{pipeline}",
            "pushed_version": str(1_700_000_000 + span),
        }
    if type_name == "Schema":
        return {"features": 18}
    return {}


def _summary(rows: int, chance: Random) -> dict[str, object]:
    auc = 0.70 + 0.05 * chance.random()
    worst = [
        {"slice": f"carrier={one}", "value": round(auc - 0.01 * n, 6), "rows": 900}
        for n, one in enumerate(CARRIERS[:5])
    ]
    metrics = {"auc": round(auc, 6), "binary_accuracy": 0.8, "binary_crossentropy": 0.42, "example_count": rows}
    return {
        "rows": rows,
        "slices": len(CARRIERS) + 1,
        "metrics": metrics,
        "baseline_metrics": {**metrics, "auc": round(auc - 0.002 + 0.004 * chance.random(), 6)},
        "worst_slices": {"auc": worst},
        "label": "late",
    }
