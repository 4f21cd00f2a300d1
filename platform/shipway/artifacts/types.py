"""The artifact types that flow between steps: TFX's names, TFX's properties, TFX's layouts on disk."""

from __future__ import annotations

from pathlib import Path

from shipway.artifacts.artifact import Artifact, Property, SplitArtifact

FORMAT_PARQUET = "FORMAT_PARQUET"
FORMAT_TF_EXAMPLE = "FORMAT_TF_EXAMPLE"


class Files(Artifact):
    """Any folder of raw files."""

    type_name = "Files"


class Examples(SplitArtifact):
    """Rows in splits: `Split-<name>/data-NNNNN-of-NNNNN.parquet`, or gzipped TFRecords of tf.Example."""

    type_name = "Examples"
    schema_title = "system.Dataset"
    span = Property(int, 0)
    version = Property(int, 0)
    payload_format = Property(str, FORMAT_PARQUET)


class ExampleStatistics(SplitArtifact):
    """`Split-<name>/FeatureStats.pb`, a DatasetFeatureStatisticsList."""

    type_name = "ExampleStatistics"
    span = Property(int, 0)


class Schema(Artifact):
    """`schema.pbtxt`, a tensorflow_metadata Schema."""

    type_name = "Schema"

    @property
    def schema_file(self) -> Path:
        return self.path / "schema.pbtxt"


class ExampleAnomalies(SplitArtifact):
    """`Split-<name>/SchemaDiff.pb`, a tensorflow_metadata Anomalies."""

    type_name = "ExampleAnomalies"
    span = Property(int, 0)


class TransformGraph(Artifact):
    """What TF Transform writes: `transform_fn/`, `transformed_metadata/` and `metadata/`."""

    type_name = "TransformGraph"


class Model(Artifact):
    """`Format-Serving/`, a SavedModel."""

    type_name = "Model"
    schema_title = "system.Model"

    @property
    def serving_path(self) -> Path:
        return self.path / "Format-Serving"


class ModelRun(Artifact):
    """TensorBoard logs of one training."""

    type_name = "ModelRun"


class ModelEvaluation(Artifact):
    """EvalResult files, as `tfma.load_eval_result` opens them."""

    type_name = "ModelEvaluation"


class ModelBlessing(Artifact):
    """The Evaluator's verdict: a file BLESSED or NOT_BLESSED, and the same as metadata."""

    type_name = "ModelBlessing"
    blessed = Property(int, 0)
    current_model = Property(str, "")
    baseline_model = Property(str, "")


class InfraBlessing(Artifact):
    """The InfraValidator's verdict: a file INFRA_BLESSED or INFRA_NOT_BLESSED, and the same as metadata."""

    type_name = "InfraBlessing"
    blessed = Property(int, 0)


class ModelReview(Artifact):
    """A person's decision on a model, recorded and without files: `approved` is 1 or 0, `by` is who decided."""

    type_name = "ModelReview"
    approved = Property(int, 0)
    by = Property(str, "")
    reason = Property(str, "")


class PushedModel(Artifact):
    """Where a model was pushed to, and under which version."""

    type_name = "PushedModel"
    schema_title = "system.Model"
    pushed_destination = Property(str, "")
    pushed_version = Property(str, "")


class InferenceResult(Artifact):
    """Predictions for splits of examples."""

    type_name = "InferenceResult"
    schema_title = "system.Dataset"


class HyperParameters(Artifact):
    """`best_hyperparameters.txt`, the JSON of a search's best trial."""

    type_name = "HyperParameters"


class Metrics(Artifact):
    """Numbers about a run, kept as metadata."""

    type_name = "Metrics"
    schema_title = "system.Metrics"


class ClassificationMetrics(Artifact):
    """A ROC curve and a confusion matrix, as Kubeflow's pages draw them; kept as metadata."""

    type_name = "ClassificationMetrics"
    schema_title = "system.ClassificationMetrics"
    structured = frozenset({"confidenceMetrics", "confusionMatrix"})


class HTML(Artifact):
    """One page that asks for nothing from elsewhere."""

    type_name = "HTML"
    schema_title = "system.HTML"
    is_file = True


class Markdown(Artifact):
    """One text in Markdown."""

    type_name = "Markdown"
    schema_title = "system.Markdown"
    is_file = True


ARTIFACT_TYPES: dict[str, type[Artifact]] = {
    kind.type_name: kind
    for kind in (
        Artifact,
        Files,
        Examples,
        ExampleStatistics,
        Schema,
        ExampleAnomalies,
        TransformGraph,
        Model,
        ModelRun,
        ModelEvaluation,
        ModelBlessing,
        InfraBlessing,
        ModelReview,
        PushedModel,
        InferenceResult,
        HyperParameters,
        Metrics,
        ClassificationMetrics,
        HTML,
        Markdown,
    )
}
"""Every type that ships with Shipway, by the name that lineage records."""
