"""What can be wrong with the options of statistics."""

from __future__ import annotations

from collections.abc import Sequence

from shipway.data.errors import listing
from shipway.errors import InputError, UsageError


class UnknownStatsOption(UsageError):
    """A name that is no option."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no statistics option {name!r}: the options are {listing(known)}.")


class UnsupportedStatsOption(UsageError):
    """An option of TFDV that asks for statistics that Shipway does not make."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"The statistics option {name!r} asks for {what}, which are not made here: leave it out.")


class BadStatsOption(UsageError):
    """An option with a value that it cannot take."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(f"The statistics option {name!r} is {value!r}, but it has to be {wanted}.")


class UnknownAllowedFeature(InputError):
    """A feature on the allow list that the data lacks."""

    def __init__(self, feature: str, features: Sequence[str]) -> None:
        super().__init__(
            f"The statistics option 'feature_allowlist' names {feature!r}, which is no feature: "
            f"the features are {listing(features)}."
        )
