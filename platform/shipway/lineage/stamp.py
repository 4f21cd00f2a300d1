"""What tells a record from every other one, so that it is stored once however often it is sent."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Stamp:
    """`id` names one record; `made_ms` is when it was made, since the epoch. `is_late`: it is sent after a wait."""

    id: str
    made_ms: int
    is_late: bool = False

    @classmethod
    def now(cls) -> Stamp:
        return cls(uuid.uuid4().hex, time.time_ns() // 1_000_000)

    def late(self) -> Stamp:
        return replace(self, is_late=True)
