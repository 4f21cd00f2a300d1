"""Which shapes signatures take, and when inputs share their rows."""

import numpy as np
import pytest

from shipway.data.model.signature import TensorSpec
from shipway.serving.tensor_shapes import WrongShape, fits, rows_in_common


@pytest.mark.parametrize(
    ("shape", "wanted", "answer"),
    [
        ([3], (None,), True),
        ([3], None, True),
        ([], None, True),
        ([3, 2], (None, 2), True),
        ([3, 4], (None, 2), False),
        ([3], (2,), False),
        ([], (None,), False),
        ([3, 1], (None,), False),
        ([3], (None, 1), True),
        ([3], (None, 2), False),
        ([0, 2**40], None, True),
        ([0, 2**62], None, False),
        ([2**30, 2**30], None, False),
        ([1] * 33, None, False),
    ],
)
def test_a_shape_fits_or_does_not(shape, wanted, answer):
    assert fits(shape, TensorSpec("x", "float32", wanted)) is answer


def test_a_wrong_shape_is_told_in_a_line_even_if_it_is_long():
    spec = TensorSpec("x", "float32", (None,))
    assert (
        str(WrongShape("x", [2, 3], spec)) == "The input 'x' has the shape [2, 3] and the signature takes float32[?]."
    )
    assert len(str(WrongShape("x", [1] * 10_000, spec))) < 300


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ([[1, 2], np.zeros((2, 3))], 2),
        ([[1, 2], np.zeros((3, 3))], 0),
        ([np.zeros(())], 0),
        ([np.zeros((5, 0)), [1] * 5], 0),
        ([[]], 0),
        ([], 0),
    ],
)
def test_rows_are_those_of_all_inputs(columns, rows):
    assert rows_in_common(dict(enumerate(columns))) == rows
