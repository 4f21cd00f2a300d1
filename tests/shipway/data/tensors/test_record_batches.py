import pytest

from shipway.data.tensors import RecordBatchesOptions as Options
from shipway.data.tensors.record_batches import make_record_batches


def numbers(batches):
    return [[int(row[0]) for row in batch.column("number").to_pylist()] for batch in batches]


@pytest.mark.parametrize("payload", ["parquet", "records"])
def test_columns_are_lists_as_tfx_bsl_gives_them(payload, request, rows, schema):
    options = Options(20, num_epochs=1, shuffle=False)
    batches = list(make_record_batches(request.getfixturevalue(payload), options, schema))
    assert [batch.num_rows for batch in batches] == [20, 20, 13]
    assert set(batches[0].schema.names) == set(rows.schema.names)
    assert batches[1].column("tags").to_pylist()[0] == [tag.encode() for tag in rows.column("tags")[20].as_py()]


def test_epochs_are_shuffled_anew_and_batches_reach_over_them(parquet):
    found = numbers(make_record_batches(parquet, Options(20, num_epochs=2, shuffle_seed=4)))
    assert [len(batch) for batch in found] == [20, 20, 20, 20, 20, 6]
    flat = [number for batch in found for number in batch]
    assert sorted(flat[:53]) == list(range(53))
    assert flat[:53] != flat[53:]


def test_without_a_number_of_epochs_it_never_ends(parquet):
    batches = make_record_batches(parquet, Options(100))
    assert [next(batches).num_rows for _ in range(3)] == [100] * 3
