"""Which splits are left after some were excluded."""

import pytest

from shipway.data.split_choice import chosen_splits
from shipway.errors import UsageError


def test_the_order_is_kept() -> None:
    assert chosen_splits(["train", "eval", "test"], ["eval"], "examples") == ["train", "test"]


def test_none_left_is_an_error_whatever_the_reason() -> None:
    with pytest.raises(UsageError, match="No split of the examples is left to work on, of 'train': name fewer"):
        chosen_splits(["train"], ["train"], "examples")
    with pytest.raises(UsageError, match="of none"):
        chosen_splits([], [], "examples")
