"""Artifact types, where they lie, what makes two of them the same, and how they are written whole or not at all."""

from shipway.artifacts.artifact import Artifact, Property, Scalar, SplitArtifact
from shipway.artifacts.digest import digest_file, digest_texts, digest_tree
from shipway.artifacts.publish import partial_sibling, publish, storage_faults, write_text
from shipway.artifacts.storage import local_path
from shipway.artifacts.types import (
    ARTIFACT_TYPES,
    FORMAT_PARQUET,
    FORMAT_TF_EXAMPLE,
    ExampleAnomalies,
    Examples,
    ExampleStatistics,
    Files,
    HyperParameters,
    InferenceResult,
    InfraBlessing,
    Metrics,
    Model,
    ModelBlessing,
    ModelEvaluation,
    ModelRun,
    PushedModel,
    Schema,
    TransformGraph,
)

__all__ = [
    "ARTIFACT_TYPES",
    "FORMAT_PARQUET",
    "FORMAT_TF_EXAMPLE",
    "Artifact",
    "ExampleAnomalies",
    "ExampleStatistics",
    "Examples",
    "Files",
    "HyperParameters",
    "InferenceResult",
    "InfraBlessing",
    "Metrics",
    "Model",
    "ModelBlessing",
    "ModelEvaluation",
    "ModelRun",
    "Property",
    "PushedModel",
    "Scalar",
    "Schema",
    "SplitArtifact",
    "TransformGraph",
    "digest_file",
    "digest_texts",
    "digest_tree",
    "local_path",
    "partial_sibling",
    "publish",
    "storage_faults",
    "write_text",
]
