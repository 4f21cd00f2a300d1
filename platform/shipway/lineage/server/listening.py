"""Addresses, and what is said of one that cannot be listened on."""

from __future__ import annotations

from shipway.endpoint.addresses import joined
from shipway.errors import EnvironmentFault


class CannotListen(EnvironmentFault):
    """An address that is taken, or is none of this machine's."""

    def __init__(self, flag: str, host: str, port: int) -> None:
        super().__init__(
            f"The metadata service cannot listen on {joined(host, port)}: stop what listens there, or choose another "
            f"--{flag}."
        )
