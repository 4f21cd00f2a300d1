"""All model servers that the dashboards were told of, watched from the start of a site to its end."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shipway.dashboards.serving.endpoints import Endpoint
from shipway.dashboards.serving.polling import Poll
from shipway.dashboards.serving.watch import Snapshot, Watch

if TYPE_CHECKING:
    from shipway.dashboards.site import Site

SECONDS_BETWEEN_LOOKS = 10.0


@dataclass(frozen=True)
class Served:
    """A version of a model that a server knows; `state` is the server's word for it, `address` where to ask it.

    A version that is no number, as other servers may have, is 0.
    """

    server: str
    model: str
    version: int
    state: str
    address: str


class Fleet:
    """Watches servers, each in a thread of its own: one that does not answer holds up no other.

    Everything that it is asked for is what was last seen; nothing waits.
    """

    def __init__(self, endpoints: Sequence[Endpoint] = (), seconds: float = SECONDS_BETWEEN_LOOKS) -> None:
        self.watches = [Watch(one) for one in endpoints]
        self._polls = [Poll(f"watching {one.snapshot.endpoint.name}", seconds, one.look) for one in self.watches]

    def start(self) -> None:
        for poll in self._polls:
            poll.start()

    def close(self, seconds: float = 0.0) -> None:
        """Look no more; waits at most so many seconds for each look under way."""
        for poll in self._polls:
            poll.stop()
        for poll in self._polls:
            poll.stop(seconds)

    def snapshots(self) -> list[Snapshot]:
        """The servers in the order in which they were named."""
        return [one.snapshot for one in self.watches]

    def served(self) -> Sequence[Served]:
        """Every version of every model, of servers that answer; empty where no server is configured."""
        return [
            Served(
                snapshot.endpoint.name,
                version.model,
                int(version.version) if version.version.isascii() and version.version.isdigit() else 0,
                version.state,
                snapshot.endpoint.url,
            )
            for snapshot in self.snapshots()
            if snapshot.answers
            for version in snapshot.inventory.versions
            if version.version and not version.has_ended
        ]


def fleet_of(site: Site) -> Fleet:
    """The fleet of a site: made and started when first asked for, stopped when the site goes."""
    fleet: Fleet | None = site.__dict__.get("fleet")
    if fleet is None:
        fleet = site.__dict__["fleet"] = Fleet(site.options.servers)
        weakref.finalize(site, fleet.close)
        fleet.start()
    return fleet
