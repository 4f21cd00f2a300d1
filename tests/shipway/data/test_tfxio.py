import pyarrow as pa

from shipway.data.tfxio import to_tfx_batch


def test_every_column_becomes_a_large_list_as_tfx_bsl_makes_them():
    batch = pa.record_batch(
        [pa.array([1, None]), pa.array([1.5, 2.5]), pa.array(["a", None]), pa.array([["x", "y"], None]), pa.nulls(2)],
        names=["i", "f", "s", "l", "n"],
    )
    result = to_tfx_batch(batch)
    result.validate(full=True)
    assert result.schema == pa.schema(
        [
            ("i", pa.large_list(pa.int64())),
            ("f", pa.large_list(pa.float32())),
            ("s", pa.large_list(pa.large_binary())),
            ("l", pa.large_list(pa.large_binary())),
            ("n", pa.null()),
        ]
    )
    assert result.to_pydict() == {
        "i": [[1], None],
        "f": [[1.5], [2.5]],
        "s": [[b"a"], None],
        "l": [[b"x", b"y"], None],
        "n": [None, None],
    }


def test_a_batch_in_that_form_is_not_copied():
    column = pa.array([[1], [2]], pa.large_list(pa.int64()))
    result = to_tfx_batch(pa.record_batch([column], names=["i"]))
    assert result.column(0).values.buffers()[1].address == column.values.buffers()[1].address
