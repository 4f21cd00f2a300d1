"""The steps of a shop: artifacts of every type that the pages show, without a model that takes time to train."""

import json
from typing import NamedTuple

from shipway.artifacts import Examples, ExampleStatistics, Model, ModelBlessing, ModelEvaluation, PushedModel, Schema
from shipway.errors import StepError
from shipway.step import Input, Output, step


class Said(NamedTuple):
    """One output parameter."""

    said: str


@step(image="control")
def read_orders(examples: Output[Examples], span: int = 1, note: str = "") -> Said:
    """Read the orders of a day."""
    examples.split_names = ["train", "eval"]
    examples.span = span
    examples.metadata["rows"] = 100 * span
    for split in ("train", "eval"):
        (examples.path / f"Split-{split}").mkdir()
        (examples.path / f"Split-{split}" / "data-00000-of-00001.parquet").write_bytes(b"PAR1" * (10 + span))
    print("reading orders of day", span)
    print(note)
    return Said(note)


@step(image="control")
def count_orders(examples: Input[Examples], statistics: Output[ExampleStatistics]) -> None:
    """Count them."""
    statistics.split_names = ["train"]
    (statistics.path / "Split-train").mkdir()
    (statistics.path / "Split-train" / "FeatureStats.pb").write_bytes(b"")


@step(image="control")
def know_orders(statistics: Input[ExampleStatistics], schema: Output[Schema]) -> None:
    """Write down what orders look like."""
    (schema.path / "schema.pbtxt").write_text('feature { name: "price" type: FLOAT }\n')


@step(image="control")
def fit(
    examples: Input[Examples], schema: Input[Schema], model: Output[Model], epochs: int = 1, reason: str = ""
) -> None:
    """Fit a model, or fail for a reason."""
    for epoch in range(epochs):
        print(f"epoch {epoch}: loss {1 / (epoch + 1):.3f}")
    if reason:
        print(reason)
        raise StepError(reason)
    (model.path / "Format-Serving").mkdir()
    (model.path / "Format-Serving" / "saved_model.pb").write_bytes(b"model")


@step(image="control")
def judge(
    examples: Input[Examples],
    model: Input[Model],
    evaluation: Output[ModelEvaluation],
    blessing: Output[ModelBlessing],
    auc: float = 0.9,
) -> None:
    """Say how good it is."""
    evaluation.metadata["summary"] = json.dumps({"metrics": {"auc": auc, "example_count": 100}})
    blessing.metadata["blessed"] = int(auc > 0.8)


@step(image="control")
def push(
    model: Input[Model], blessing: Input[ModelBlessing], pushed_model: Output[PushedModel], to: str = "/served"
) -> None:
    """Push it."""
    pushed_model.metadata["pushed_destination"] = to
    pushed_model.metadata["pushed_version"] = "1"
