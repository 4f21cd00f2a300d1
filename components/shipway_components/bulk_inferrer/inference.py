"""Asks a model about whole splits, in batches, and writes what it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from shipway.artifacts import Examples, InferenceResult, Model, ModelBlessing
from shipway.data.examples import read_split
from shipway.data.model import SERVING_DEFAULT, ServingModel, Signature
from shipway.step import StepContext
from shipway_components.bulk_inferrer.plan import PREDICTION_LOG, InferencePlan
from shipway_components.bulk_inferrer.prediction_logs import log_file_name
from shipway_components.bulk_inferrer.sinks import Sink, examples_sink, log_sink, parquet_sink

__all__ = ["InferencePlan", "infer"]

INFERRED = "inferred"
"""Metadata key, TFX's: 1 when predictions were made, 0 when the model was not blessed."""


def infer(
    plan: InferencePlan,
    examples: Examples,
    model: Model,
    blessing: ModelBlessing | None,
    result: InferenceResult,
    output_examples: Examples,
    context: StepContext,
) -> None:
    """Predict and write. Nothing is written for a model that is not blessed.

    Raises:
        ModelUnloadable, UnknownSignature, FeatureAbsent, FeatureUnfit, RowsLost: the model does not fit the examples.
        NoOutput, ColumnTaken, OutputUnfit, UnknownColumn: the outputs do not fit what is to be written.
    """
    result.metadata[INFERRED] = 0
    output_examples.split_names = []
    if blessing is not None and not blessing.blessed:
        return
    serving = ServingModel.load(model.serving_path)
    signature = _signature(serving, plan)
    rows = 0
    output_examples.payload_format = examples.payload_format
    for split in plan.splits:
        with _open_sinks(plan, split, signature, result, output_examples) as sinks:
            for batch in read_split(examples, split, batch_size=plan.batch_size):
                outputs = serving.predict(batch, signature.name)
                for write in sinks:
                    write(batch, outputs)
                rows += batch.num_rows
                context.progress(rows)
    result.metadata.update({INFERRED: 1, "rows": rows})
    if plan.renamed is not None:
        output_examples.split_names = list(plan.splits)
        output_examples.span = examples.span
        output_examples.metadata["rows"] = rows


def _signature(serving: ServingModel, plan: InferencePlan) -> Signature:
    """The one asked for; for logs the default one, since readers of TFX's logs look for serialized tf.Examples."""
    if not plan.signature and plan.output_format == PREDICTION_LOG and SERVING_DEFAULT in serving.signatures:
        return serving.signatures[SERVING_DEFAULT]
    return serving.signature(plan.signature)


@contextmanager
def _open_sinks(
    plan: InferencePlan, split: str, signature: Signature, result: InferenceResult, output_examples: Examples
) -> Iterator[list[Sink]]:
    with ExitStack() as stack:
        if plan.output_format == PREDICTION_LOG:
            file = result.path / log_file_name(plan.splits.index(split), len(plan.splits))
            sinks = [stack.enter_context(log_sink(file, signature))]
        else:
            sinks = [stack.enter_context(parquet_sink(result, split, plan.columns))]
        if plan.renamed is not None:
            sinks.append(stack.enter_context(examples_sink(output_examples, split, plan.renamed)))
        yield sinks
