"""What the step says about a function, a schema or a configuration that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shipway.artifacts import Examples
from shipway.data.errors import UnknownSplit
from shipway.data.examples import ExamplesWriter
from shipway.errors import InputError, ModuleFileError

pytestmark = pytest.mark.tensorflow

RunTransform = Callable[..., dict[str, Any]]


def sentence(run_transform: RunTransform, kind: type[Exception], *arguments: Any, **parameters: Any) -> str:
    with pytest.raises(kind) as raised:
        run_transform(*arguments, **parameters)
    text = str(raised.value)
    assert "\n" not in text
    return text


def test_function_missing_names_those_that_are_there(run_transform: RunTransform, examples: Examples) -> None:
    text = sentence(run_transform, ModuleFileError, examples, preprocessing_fn="absent")

    assert "has no function 'absent'" in text
    assert "preprocessing_fn" in text


def test_function_that_raises_is_named_with_its_line(
    run_transform: RunTransform, examples: Examples, module_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = sentence(run_transform, ModuleFileError, examples, preprocessing_fn="raises")

    lines = Path(module_file).read_text().splitlines()
    line = 1 + next(number for number, code in enumerate(lines) if "undefined_name" in code)
    assert text.startswith(f"The function 'raises' in line {line} of '{module_file}' failed with NameError: ")
    assert "name 'undefined_name' is not defined" in text
    assert "Traceback" in capsys.readouterr().err


def test_feature_that_the_schema_lacks_is_named_with_those_it_has(
    run_transform: RunTransform, examples: Examples
) -> None:
    text = sentence(run_transform, InputError, examples, preprocessing_fn="asks_for_more")

    assert "'asks_for_more'" in text
    assert "asks for the feature 'price', which the schema lacks" in text
    assert "'amount', 'count', 'label', 'ragged', 'text', 'word'" in text


def test_function_without_outputs(run_transform: RunTransform, examples: Examples) -> None:
    assert "returned an empty dict" in sentence(
        run_transform, ModuleFileError, examples, preprocessing_fn="returns_nothing"
    )


@pytest.mark.parametrize("function", ["fails_on_data", "fails_on_analysis"])
def test_graph_that_fails_on_data_names_split_and_line(
    run_transform: RunTransform, examples: Examples, module_file: str, function: str
) -> None:
    text = sentence(run_transform, ModuleFileError, examples, preprocessing_fn=function)

    lines = Path(module_file).read_text().splitlines()
    line = 2 + lines.index(f"def {function}(inputs):")
    assert text.startswith(f"The transform graph (line {line} of '{module_file}') failed on rows of 'train': ")
    assert "could not correctly convert string" in text


def test_feature_with_fewer_rows_than_the_batch(run_transform: RunTransform, examples: Examples) -> None:
    text = sentence(run_transform, InputError, examples, preprocessing_fn="changes_rows")

    assert "'half' has 60 rows for 120 examples" in text


@pytest.mark.parametrize("part", ["analyze", "transform"])
def test_unknown_split_is_refused_before_work_starts(
    run_transform: RunTransform, examples: Examples, part: str
) -> None:
    text = sentence(run_transform, UnknownSplit, examples, splits_config={part: ["test"]})

    assert "'test'" in text
    assert "'train', 'eval'" in text


@pytest.mark.parametrize("config", [{"analyse": ["train"]}, {"analyze": "train"}, {"transform": [1]}])
def test_malformed_splits_config(run_transform: RunTransform, examples: Examples, config: dict[str, Any]) -> None:
    assert "splits_config" in sentence(run_transform, InputError, examples, splits_config=config)


def test_no_train_split_and_none_named(run_transform: RunTransform, tmp_path: Path) -> None:
    text = sentence(run_transform, InputError, _examples(tmp_path, "all", {"amount": [1.0], "label": [1]}))

    assert "splits_config['analyze']" in text
    assert "'all'" in text


def test_empty_analyze_split(run_transform: RunTransform, tmp_path: Path) -> None:
    empty = _examples(tmp_path, "train", {"amount": pa.array([], pa.float32()), "label": pa.array([], pa.int64())})

    assert "('train') hold no rows" in sentence(run_transform, InputError, empty)


def test_column_of_another_type_than_the_schema_says(run_transform: RunTransform, tmp_path: Path) -> None:
    text = sentence(run_transform, InputError, _examples(tmp_path, "train", {"amount": ["much"], "label": [1]}))

    assert "'amount' is FLOAT in the schema, but the split 'train' holds BYTES" in text


def test_feature_of_the_schema_that_the_data_lacks(run_transform: RunTransform, tmp_path: Path) -> None:
    text = sentence(run_transform, InputError, _examples(tmp_path, "train", {"amount": [1.0]}))

    assert text.startswith("The feature 'label' has a fixed shape in the schema")
    assert "the split 'train' has no such column: it has 'amount'" in text


def test_missing_value_of_a_feature_with_a_fixed_shape(run_transform: RunTransform, tmp_path: Path) -> None:
    text = sentence(run_transform, InputError, _examples(tmp_path, "train", {"amount": [1.0, 2.0], "label": [1, None]}))

    assert "'label' has a fixed shape in the schema" in text


def _examples(folder: Path, split: str, columns: dict[str, Any]) -> Examples:
    made = Examples(uri=str(folder / "examples"))
    with ExamplesWriter(made, split) as writer:
        writer.write(pa.RecordBatch.from_pydict(columns))
    made.split_names = [split]
    return made
