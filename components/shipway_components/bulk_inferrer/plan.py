"""What to infer and how to write it: the step's parameters, read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.artifacts import Examples
from shipway.data.split_files import split_files, written_splits
from shipway_components.bulk_inferrer.errors import BadInferenceSpec

PARQUET = "parquet"
PREDICTION_LOG = "prediction_log"


@dataclass(frozen=True)
class InferencePlan:
    """`renamed` maps the model's outputs to the feature names of the output examples; None: write none."""

    splits: tuple[str, ...]
    signature: str
    output_format: str
    columns: tuple[str, ...]
    renamed: dict[str, str] | None
    batch_size: int

    @classmethod
    def read(
        cls,
        examples: Examples,
        data_spec: Mapping[str, Any],
        model_spec: Mapping[str, Any],
        output_example_spec: Mapping[str, Any],
        output_format: str,
        output_columns: Sequence[str],
        signature_name: str,
        batch_size: int,
    ) -> InferencePlan:
        """From the parameters of the step; raises `BadInferenceSpec`, and `UnknownSplit` for a split that is not."""
        _require_fields("data_spec", data_spec, {"example_splits"})
        if output_format not in (PARQUET, PREDICTION_LOG):
            raise BadInferenceSpec(f"output_format {output_format!r}", f"it must be {PARQUET!r} or {PREDICTION_LOG!r}")
        if batch_size < 1:
            raise BadInferenceSpec(f"batch_size {batch_size}", "it must be at least 1")
        splits = tuple(data_spec.get("example_splits") or examples.split_names or written_splits(examples))
        for split in splits:
            split_files(examples, split)
        return cls(
            splits=splits,
            signature=signature_name or _signature(model_spec),
            output_format=output_format,
            columns=tuple(output_columns),
            renamed=_renamed(output_example_spec) if output_example_spec else None,
            batch_size=batch_size,
        )


def _signature(model_spec: Mapping[str, Any]) -> str:
    _require_fields("model_spec", model_spec, {"model_signature_name", "tag"})
    names = model_spec.get("model_signature_name") or []
    if len(names) > 1:
        raise BadInferenceSpec("model_spec", f"it names {len(names)} signatures, and one can be asked at a time")
    if model_spec.get("tag", ["serve"]) not in (["serve"], []):
        raise BadInferenceSpec(
            "model_spec", f"the tag {model_spec['tag']!r} is not 'serve', which models are loaded by"
        )
    return names[0] if names else ""


def _renamed(spec: Mapping[str, Any]) -> dict[str, str]:
    _require_fields("output_example_spec", spec, {"output_columns_spec", "example_splits"})
    heads = spec.get("output_columns_spec") or []
    if len(heads) != 1:
        raise BadInferenceSpec("output_example_spec", f"output_columns_spec has {len(heads)} entries instead of one")
    _require_fields("output_columns_spec", heads[0], {"signature_name", "predict_output"})
    columns = (heads[0].get("predict_output") or {}).get("output_columns") or []
    if not columns or not all({"output_key", "output_column"} == set(column) for column in columns):
        raise BadInferenceSpec(
            "output_example_spec", "predict_output.output_columns needs entries of output_key and output_column"
        )
    return {column["output_key"]: column["output_column"] for column in columns}


def _require_fields(parameter: str, given: Mapping[str, Any], known: set[str]) -> None:
    for field in given:
        if field not in known:
            raise BadInferenceSpec(parameter, f"it has no field {field!r}, its fields are {', '.join(sorted(known))}")
