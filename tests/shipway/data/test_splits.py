import numpy as np
import pyarrow as pa
import pytest

from shipway.data.configs import OutputConfig, OutputSplit
from shipway.data.errors import MissingPartitionValue, UnknownPartitionFeature, UnsuitablePartitionFeature
from shipway.data.splits import HashSplitter

ROWS = pa.RecordBatch.from_pydict(
    {"n": np.arange(9000), "user": [f"u{i % 500}" for i in range(9000)], "x": np.ones(9000)}
)


def splitter(*buckets, feature=""):
    return HashSplitter(OutputConfig(tuple(OutputSplit(name, count) for name, count in buckets), feature))


def divided(batch, *buckets, feature=""):
    parts = {name: part.to_pydict() for name, part in splitter(*buckets, feature=feature).divide(batch, "file")}
    return {name: part["n"] for name, part in parts.items()}, parts


def test_rows_are_divided_by_the_ratio_and_keep_their_order():
    rows, _ = divided(ROWS, ("train", 2), ("eval", 1))
    assert len(rows["train"]) == pytest.approx(6000, rel=0.03)
    assert sorted(rows["train"] + rows["eval"]) == list(range(9000))
    assert rows["train"] == sorted(rows["train"])


def test_a_split_divided_further_leaves_the_others_alone():
    three, _ = divided(ROWS, ("train", 60), ("test", 10), ("eval", 20))
    four, _ = divided(ROWS, ("train", 60), ("test1", 4), ("test2", 6), ("eval", 20))
    assert (three["train"], three["eval"]) == (four["train"], four["eval"])


def test_rows_stay_in_their_split_in_another_order_and_in_other_batches():
    rows, _ = divided(ROWS, ("train", 2), ("eval", 1))
    backwards, _ = divided(ROWS.take(pa.array(np.arange(8999, 4000, -1))), ("train", 2), ("eval", 1))
    assert set(backwards["eval"]) == {n for n in rows["eval"] if n > 4000}


def test_one_user_is_never_in_two_splits():
    _, parts = divided(ROWS, ("train", 2), ("eval", 1), feature="user")
    assert not set(parts["train"]["user"]) & set(parts["eval"]["user"])
    assert len(set(parts["eval"]["user"])) == pytest.approx(500 / 3, rel=0.15)


def test_a_partition_feature_must_be_there_and_have_values():
    with pytest.raises(UnknownPartitionFeature, match=r"'customer' is not in 'file': choose .* 'n', 'user', 'x'"):
        divided(ROWS, ("train", 1), feature="customer")
    with pytest.raises(UnsuitablePartitionFeature, match="'x' of 'file' holds floats"):
        divided(ROWS, ("train", 1), feature="x")
    gaps = pa.RecordBatch.from_pydict({"user": ["a", None, None]})
    with pytest.raises(MissingPartitionValue, match=r"'user' is missing in 2 row\(s\) of 'file'"):
        divided(gaps, ("train", 1), feature="user")
    lists = pa.RecordBatch.from_pydict({"user": [["a"], [], None]})
    with pytest.raises(MissingPartitionValue, match=r"missing in 2 row\(s\)"):
        divided(lists, ("train", 1), feature="user")
