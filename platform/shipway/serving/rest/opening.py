"""A call of the core for a request of REST."""

from __future__ import annotations

from shipway.serving.call import Call
from shipway.serving.plane import DataPlane
from shipway.serving.rest.exchange import Exchange
from shipway.serving.rest.target import Target
from shipway.serving.tracking import TRACKING_HEADER, as_tracking_id

TRANSPORT = "rest"


def open_call(plane: DataPlane, exchange: Exchange, target: Target, own_id: object = None) -> Call:
    """The call, which the exchange knows from now on.

    Args:
        own_id: the caller's id of the request where no header has one.

    Raises:
        ServingFault: as `DataPlane.open`.
    """
    header = exchange.header
    asked = header(TRACKING_HEADER) or own_id
    call = exchange.call = plane.open(
        target.model,
        target.version,
        target.label,
        transport=TRANSPORT,
        header=header,
        tracking_id=as_tracking_id(asked) if asked else "",
        arrived=exchange.arrived,
    )
    return call
