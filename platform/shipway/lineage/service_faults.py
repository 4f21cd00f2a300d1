"""What can be wrong with a metadata service elsewhere, in one sentence each.

A `ServiceFault` says nothing of the record that met it: the record can wait and be delivered later.
"""

from __future__ import annotations

from shipway.errors import EnvironmentFault

LONGEST_REASON = 160


class ServiceFault(EnvironmentFault):
    """The metadata service did not do what it was asked, for a reason of its own or of the way to it."""


class UnreachableService(ServiceFault):
    """Nothing answers at the address, or not in time."""

    def __init__(self, url: str, seconds: float, reason: str) -> None:
        waited = f"for {seconds:.0f} s" if seconds >= 1 else "just now"
        super().__init__(
            f"The metadata service at {url} could not be reached {waited} ({_brief(reason)}): start it (shipway "
            "metadata serve), or correct SHIPWAY_METADATA."
        )


class ClosedService(ServiceFault):
    """The service does not let this process in."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"The metadata service at {url} refuses this process ({_brief(reason)}): give its token in the file that "
            "SHIPWAY_METADATA_TOKEN_FILE names, or the client's certificate in SHIPWAY_METADATA_CERT_FILE."
        )


class UnreadableCredentials(ServiceFault):
    """A file of credentials that was there when the process began is gone, or was never of use."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"The metadata service cannot be asked, because {path!r} {reason}: put the right file there.")


class FailingService(ServiceFault):
    """The service answers, and says that it is broken."""

    def __init__(self, url: str, method: str, reason: str) -> None:
        super().__init__(
            f"The metadata service at {url} failed at {method} ({_brief(reason)}): look into its log; what is wrong "
            "is there, or in its database."
        )


class OversizedMessage(ServiceFault):
    """A request or an answer is larger than one side takes."""

    def __init__(self, url: str, method: str, reason: str) -> None:
        super().__init__(
            f"The metadata service at {url} cannot take {method} ({_brief(reason)}): allow it larger messages, or "
            "record less in one parameter."
        )


class NoGrpc(EnvironmentFault):
    """This installation cannot speak to a service."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"SHIPWAY_METADATA is {url}, but grpcio is not installed here: pip install 'shipway[metadata]'."
        )


def _brief(reason: str) -> str:
    """A reason as a part of a sentence."""
    text = " ".join(reason.split()).rstrip(".")
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 3] + "..."
