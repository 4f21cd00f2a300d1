import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipway.data.evaluation.errors import TooManySlices
from shipway.data.evaluation.feature_codes import FeatureEncoder
from shipway.data.evaluation.protos import config_pb2
from shipway.data.evaluation.slicing import SLICE_LIMIT, SliceSpec, slices_of, slicing_specs


def encode(**columns):
    features = {}
    for name, column in columns.items():
        encoder = FeatureEncoder()
        encoder.add(column if isinstance(column, pa.Array) else pa.array(column))
        features[name] = encoder.finish()
    return features


def members(slices, rows):
    """Slice key -> its rows."""
    result = {}
    entries = range(rows) if slices.rows is None else slices.rows
    for row, code in zip(entries, slices.codes, strict=True):
        result.setdefault(slices.keys[code], []).append(int(row))
    return result


def test_all_rows():
    slices = slices_of(SliceSpec(), {}, 3)
    assert members(slices, 3) == {(): [0, 1, 2]}


def test_missing_values_are_in_no_slice_and_several_values_in_several():
    features = encode(s=["a", None, "b", "a"], t=[[1, 2], [1], [], [2]])
    assert members(slices_of(SliceSpec(("s",)), features, 4), 4) == {(("s", "a"),): [0, 3], (("s", "b"),): [2]}
    assert members(slices_of(SliceSpec(("s", "t")), features, 4), 4) == {
        (("s", "a"), ("t", 1)): [0],
        (("s", "a"), ("t", 2)): [0, 3],
    }


def test_feature_values_restrict_and_name_the_slice():
    features = encode(s=["a", "b", "a"], h=[3, 3, 4])
    spec = SliceSpec.of(config_pb2.SlicingSpec(feature_keys=["s"], feature_values={"h": "3"}))
    assert members(slices_of(spec, features, 3), 3) == {(("h", 3), ("s", "a")): [0], (("h", 3), ("s", "b")): [1]}
    nobody = SliceSpec.of(config_pb2.SlicingSpec(feature_values={"h": "9"}))
    assert members(slices_of(nobody, features, 3), 3) == {}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", None]),
            st.lists(st.integers(0, 3), max_size=3),
            st.sampled_from([0.5, 1.5, None]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sets(st.sampled_from(["s", "t", "u"])),
    st.integers(1, 4),
)
def test_slices_are_what_walking_through_the_rows_gives(rows, chosen, chunk):
    features = encode(
        s=pa.array([row[0] for row in rows], pa.string()),
        t=pa.array([row[1] for row in rows], pa.list_(pa.int64())),
        u=pa.array([row[2] for row in rows], pa.float64()),
    )
    names = sorted(chosen)
    expected = {}
    for number, (s, t, u) in enumerate(rows):
        values = {"s": [s] if s is not None else [], "t": sorted(set(t)), "u": [u] if u is not None else []}
        for combination in itertools.product(*(values[name] for name in names)):
            expected.setdefault(tuple(zip(names, combination, strict=True)), []).append(number)
    slices = slices_of(SliceSpec(tuple(names)), features, len(rows))
    found = {}
    for part in slices.chunks(chunk):
        assert len(part.keys) <= chunk
        for key, own in members(part, len(rows)).items():
            assert key not in found
            found[key] = sorted(own)
    assert found == expected


def test_only_keeps_chosen_slices():
    slices = slices_of(SliceSpec(("s",)), encode(s=["a", "b", "c", "a"]), 4)
    kept = slices.only(np.array([True, False, True]))
    assert members(kept, 4) == {(("s", "a"),): [0, 3], (("s", "c"),): [2]}


def test_a_feature_of_all_different_values_is_refused():
    count = SLICE_LIMIT + 1
    with pytest.raises(TooManySlices, match=rf"Slicing by price gives {count} slices"):
        slices_of(SliceSpec(("price",)), encode(price=np.arange(count)), count)


def test_specs_that_only_comparisons_name_are_sliced_too():
    config = config_pb2.EvalConfig(slicing_specs=[config_pb2.SlicingSpec(feature_keys=["s"])])
    cross = config.cross_slicing_specs.add()
    cross.baseline_spec.SetInParent()
    cross.slicing_specs.add(feature_keys=["s"])
    assert slicing_specs(config) == [SliceSpec(("s",)), SliceSpec()]
    assert slicing_specs(config_pb2.EvalConfig()) == [SliceSpec()]


@pytest.mark.parametrize(
    ("spec", "key", "covered"),
    [
        (SliceSpec(), (), True),
        (SliceSpec(), (("s", "a"),), False),
        (SliceSpec(("s",)), (("s", "a"),), True),
        (SliceSpec(("s",)), (("s", "a"), ("t", 1)), False),
        (SliceSpec((), (("t", 1),)), (("t", "1"),), True),
        (SliceSpec(("s",), (("t", 1),)), (("s", "a"), ("t", 1)), True),
        (SliceSpec(("s",), (("t", 1),)), (("s", "a"), ("t", 2)), False),
    ],
)
def test_which_slices_a_spec_covers(spec, key, covered):
    assert spec.covers(key) is covered
