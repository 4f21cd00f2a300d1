"""How far a shadow's answers are from those that callers got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from shipway.serving.observing.reading import Reading

if TYPE_CHECKING:
    from shipway.serving.traffic.comparison import ShadowComparison


class Pairing(NamedTuple):
    """Two versions that answer the same requests."""

    model: str
    version: str
    shadow_version: str
    signature: str


class _OutputSums:
    __slots__ = ("different_rows", "largest_difference")

    def __init__(self) -> None:
        self.different_rows = 0
        self.largest_difference = 0.0


class ShadowCounts:
    """Sums of comparisons."""

    def __init__(self) -> None:
        self._compared: Counter[Pairing] = Counter()
        self._different: Counter[Pairing] = Counter()
        self._outputs: dict[tuple[Pairing, str], _OutputSums] = {}

    def add(self, comparison: ShadowComparison) -> None:
        pairing = Pairing(
            comparison.model, str(comparison.version), str(comparison.shadow_version), comparison.signature
        )
        self._compared[pairing] += comparison.rows
        self._different[pairing] += comparison.different_rows
        for name, output in comparison.outputs.items():
            sums = self._outputs.setdefault((pairing, name), _OutputSums())
            sums.different_rows += output.different_rows
            sums.largest_difference = max(sums.largest_difference, output.largest_difference)

    def forget(self, model: str, version: int) -> None:
        """A version is not coming back."""
        for counts in (self._compared, self._different):
            for pairing in [pairing for pairing in counts if _has(pairing, model, version)]:
                del counts[pairing]
        self._outputs = {key: sums for key, sums in self._outputs.items() if not _has(key[0], model, version)}

    def readings(self) -> Iterator[Reading]:
        for pairing, compared in self._compared.items():
            yield Reading(
                "shipway_serving_shadow_compared_rows",
                "Rows whose answer of the shadow was compared with the caller's.",
                "counter",
                pairing._asdict(),
                compared,
            )
            yield Reading(
                "shipway_serving_shadow_different_rows",
                "Compared rows of which any output differs by more than the tolerance.",
                "counter",
                pairing._asdict(),
                self._different[pairing],
            )
        for (pairing, output), sums in self._outputs.items():
            labels = {**pairing._asdict(), "output": output}
            yield Reading(
                "shipway_serving_shadow_different_output_rows",
                "Compared rows of which this output differs by more than the tolerance.",
                "counter",
                labels,
                sums.different_rows,
            )
            yield Reading(
                "shipway_serving_shadow_largest_difference",
                "Largest absolute difference of a number between the shadow's answer and the caller's.",
                "gauge",
                labels,
                sums.largest_difference,
            )


def _has(pairing: Pairing, model: str, version: int) -> bool:
    return pairing.model == model and str(version) in (pairing.version, pairing.shadow_version)
