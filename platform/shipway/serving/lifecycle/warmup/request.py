"""What a version is warmed with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shipway.data.model.signature import Signature


@dataclass(frozen=True)
class WarmupRequest:
    """One request: arrays by input name, as the model takes them."""

    signature: Signature
    feed: dict[str, np.ndarray]

    @property
    def rows(self) -> int:
        """The first dimension that all inputs have in common, 0 where they have none."""
        sizes = {array.shape[0] if array.ndim else 0 for array in self.feed.values()}
        return sizes.pop() if len(sizes) == 1 else 0

    def repeated(self, rows: int) -> WarmupRequest:
        """The same with its rows repeated until there are so many; for a request that has rows."""
        feed = {name: np.resize(array, (rows, *array.shape[1:])) for name, array in self.feed.items()}
        return WarmupRequest(self.signature, feed)
