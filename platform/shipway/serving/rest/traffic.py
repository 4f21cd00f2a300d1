"""GET and PUT /v1/traffic: how requests are divided between versions, shown and changed while the server runs."""

from __future__ import annotations

import orjson

from shipway.serving.config.traffic import InvalidTraffic, as_object, parse_traffic
from shipway.serving.faults import InvalidRequest, Unsupported
from shipway.serving.rest.exchange import Exchange
from shipway.serving.rest.json_body import read_object
from shipway.serving.rest.services import Dividing, Services
from shipway.serving.rest.target import Target


class NoTraffic(Unsupported):
    """The server was started without traffic control."""

    def __init__(self) -> None:
        super().__init__("This server does not divide traffic: name versions or labels in requests.")


async def show_traffic(services: Services, exchange: Exchange, target: Target) -> None:
    """Answer with what is in force, in the form of the traffic file."""
    await exchange.respond(200, orjson.dumps(as_object(_control(services).current())))


async def change_traffic(services: Services, exchange: Exchange, target: Target) -> None:
    """Put another configuration in force, for all models, and answer with it; a wrong one changes nothing."""
    control = _control(services)
    written = read_object(await exchange.body())
    try:
        config = parse_traffic(written, "The request's traffic")
    except InvalidTraffic as error:
        raise InvalidRequest(str(error)) from error
    control.apply(config)
    await exchange.respond(200, orjson.dumps(as_object(control.current())))


def _control(services: Services) -> Dividing:
    if services.traffic is None:
        raise NoTraffic
    return services.traffic
