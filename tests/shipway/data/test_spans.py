import subprocess
import sys

import pytest

from shipway.data.configs import InputSplit, InvalidConfig
from shipway.data.spans import (
    EmptyPattern,
    MissingInput,
    SpanMismatch,
    SpanRange,
    SpansWithoutPattern,
    UnknownSpan,
    UnreadableFolder,
    parse_range_config,
    parse_spans,
    resolve_input,
)

ALL = (InputSplit("all", "span-{SPAN}/v{VERSION}/*.csv"),)


@pytest.fixture
def folder(tmp_path):
    for name in ("span-1/v1", "span-1/v2", "span-3/v1", "span-10/v1"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "data.csv").write_text("a\n1\n")
    return tmp_path


def names(resolved, folder, split="all"):
    return [str(path.relative_to(folder)) for path in resolved.files[split]]


def test_the_latest_span_and_its_latest_version_are_read_by_default(folder):
    resolved = resolve_input(folder, ALL, None)
    assert (resolved.span, resolved.version, resolved.spans) == (10, 1, (10,))
    assert names(resolved, folder) == ["span-10/v1/data.csv"]


def test_a_given_span_is_read_in_its_latest_version(folder):
    resolved = resolve_input(folder, ALL, parse_spans("1"))
    assert (resolved.span, resolved.version) == (1, 2)
    assert names(resolved, folder) == ["span-1/v2/data.csv"]


def test_a_range_merges_spans_in_order_and_the_latest_is_the_span(folder):
    resolved = resolve_input(folder, ALL, parse_spans("1-9"))
    assert (resolved.span, resolved.spans) == (3, (1, 3))
    assert names(resolved, folder) == ["span-1/v2/data.csv", "span-3/v1/data.csv"]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [("latest", [10]), ("last-2", [3, 10]), ("last-9", [1, 3, 10]), ("all", [1, 3, 10]), ("3", [3]), ("2-10", [3, 10])],
)
def test_short_forms_of_ranges(text, chosen):
    assert parse_spans(text).choose([10, 1, 3]) == chosen


def test_a_rolling_range_skips_the_most_recent_before_it_counts():
    config = {"rolling_range": {"num_spans": 2, "skip_num_recent_spans": 1, "start_span_number": 2}}
    assert parse_range_config(config).choose([1, 2, 3, 4, 5]) == [3, 4]
    assert parse_range_config(config).choose([1, 2, 3]) == [2]


def test_a_static_range_in_either_spelling():
    snake = parse_range_config({"static_range": {"start_span_number": 1, "end_span_number": 3}})
    camel = parse_range_config({"staticRange": {"startSpanNumber": "1", "endSpanNumber": 3.0}})
    assert snake == camel == SpanRange("1-3", 1, 3)
    assert parse_range_config({}) is None


@pytest.mark.parametrize("text", ["9-1", "last-0", "first", "1,2", "-3"])
def test_spans_that_mean_nothing_are_refused_by_their_text(text):
    with pytest.raises(InvalidConfig, match="The parameter spans is '" + text):
        parse_spans(text)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"static_range": {}, "rolling_range": {}}, "has both a static and a rolling range"),
        ({"static_range": {"start_span_number": 3}}, "starts at 3 and ends at 0"),
        ({"rolling_range": {}}, "has num_spans 0"),
        ({"rolling": {}}, "has the unknown key 'rolling'"),
        ({"rolling_range": {"num_spans": "many"}}, "is 'many'"),
    ],
)
def test_a_range_config_that_means_nothing_is_refused(config, problem):
    with pytest.raises(InvalidConfig) as caught:
        parse_range_config(config)
    assert problem in str(caught.value)


def test_splits_must_come_from_the_same_span(folder):
    for split, spans in (("train", (1, 2)), ("eval", (1,))):
        for span in spans:
            (folder / f"{split}-{span}.csv").write_text("a\n1\n")
    splits = (InputSplit("train", "train-{SPAN}.csv"), InputSplit("eval", "eval-{SPAN}.csv"))
    with pytest.raises(SpanMismatch, match=r"same span, but 'train' resolves to \[2\] and 'eval' to \[1\]"):
        resolve_input(folder, splits, None)
    resolved = resolve_input(folder, splits, parse_spans("1"))
    assert names(resolved, folder, "eval") == ["eval-1.csv"]


def test_splits_must_come_from_the_same_version(folder):
    for name in ("train-1-1.csv", "train-1-2.csv", "eval-1-1.csv"):
        (folder / name).write_text("a\n1\n")
    splits = (InputSplit("train", "train-{SPAN}-{VERSION}.csv"), InputSplit("eval", "eval-{SPAN}-{VERSION}.csv"))
    with pytest.raises(SpanMismatch, match="same version, but 'train' resolves to 2 and 'eval' to 1"):
        resolve_input(folder, splits, None)


def test_one_file_is_an_input_too(folder):
    file = folder / "span-1" / "v1" / "data.csv"
    assert resolve_input(file, (InputSplit("all", "*"),), None).files == {"all": [file]}


def test_what_is_not_there_is_said(folder):
    with pytest.raises(MissingInput, match=r"There is no file or folder '.*nowhere'"):
        resolve_input(folder / "nowhere", ALL, None)
    with pytest.raises(EmptyPattern, match=r"No file matches '\*\.parquet' in"):
        resolve_input(folder, (InputSplit("all", "*.parquet"),), None)
    with pytest.raises(UnknownSpan, match=r"the span\(s\) 4-9: the spans found are 1, 3, 10"):
        resolve_input(folder, ALL, parse_spans("4-9"))
    with pytest.raises(SpansWithoutPattern, match="The spans 3 are asked for, but the file pattern '\\*' has neither"):
        resolve_input(folder, (InputSplit("all", "*"),), parse_spans("3"))


def test_a_folder_that_may_not_be_listed_is_not_called_empty(folder, monkeypatch):
    monkeypatch.setattr("shipway.data.spans.os.access", lambda path, mode: False)  # root may look into any
    with pytest.raises(UnreadableFolder, match=r"The input folder '.*' may not be listed \(permission denied\)"):
        resolve_input(folder, ALL, None)


def test_resolving_input_needs_neither_pyarrow_nor_numpy():
    code = "import sys, shipway.data.spans; sys.exit(bool({'pyarrow', 'numpy'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
