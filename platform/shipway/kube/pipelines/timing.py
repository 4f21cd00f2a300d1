"""When a schedule fires, for how long, and how many of its runs go on at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shipway.errors import UsageError
from shipway.kube.pipelines.connection import PipelinesApi

MOST_AT_ONCE = 10


class BadConcurrency(UsageError):
    """A number of runs at once that the server does not take."""

    def __init__(self, value: int) -> None:
        super().__init__(f"--max-concurrency is {value}: give a whole number from 1 to {MOST_AT_ONCE}.")


class EndsBeforeStart(UsageError):
    """A schedule without a moment to fire in."""

    def __init__(self, start: datetime, end: datetime) -> None:
        super().__init__(
            f"--end {end.isoformat()} is not after --start {start.isoformat()}: the schedule would never fire."
        )


@dataclass(frozen=True)
class Timing:
    """When a schedule fires: by a cron expression or every so many seconds. `catch_up` makes up for missed times."""

    cron: str = ""
    interval_seconds: int = 0
    start: datetime | None = None
    end: datetime | None = None
    max_concurrency: int = 1
    catch_up: bool = False

    def checked(self) -> Timing:
        """Raises `BadConcurrency` and `EndsBeforeStart`."""
        if not 1 <= self.max_concurrency <= MOST_AT_ONCE:
            raise BadConcurrency(self.max_concurrency)
        if self.start and self.end and self.end <= self.start:
            raise EndsBeforeStart(self.start, self.end)
        return self

    @property
    def text(self) -> str:
        return f"cron {self.cron}" if self.cron else f"every {_span(self.interval_seconds)}"

    def trigger(self, api: PipelinesApi) -> Any:
        moments = {"start_time": self.start, "end_time": self.end}
        if self.cron:
            return api.models.V2beta1Trigger(cron_schedule=api.models.V2beta1CronSchedule(cron=self.cron, **moments))
        periodic = api.models.V2beta1PeriodicSchedule(interval_second=str(self.interval_seconds), **moments)
        return api.models.V2beta1Trigger(periodic_schedule=periodic)


def timing_of(found: Any) -> Timing:
    """The timing of a recurring run as the API gives it."""
    trigger = found.trigger
    cron = trigger.cron_schedule if trigger else None
    periodic = trigger.periodic_schedule if trigger else None
    moments = cron or periodic
    return Timing(
        cron=(cron.cron or "") if cron else "",
        interval_seconds=int(periodic.interval_second or 0) if periodic else 0,
        start=_moment(moments.start_time) if moments else None,
        end=_moment(moments.end_time) if moments else None,
        max_concurrency=int(found.max_concurrency or 1),
        catch_up=not found.no_catchup,
    )


def _moment(value: datetime | None) -> datetime | None:
    """The API gives the epoch for a moment that was not set."""
    return value if value and value.timestamp() > 0 else None


def _span(seconds: int) -> str:
    for name, unit in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % unit == 0:
            return f"{seconds // unit}{name}"
    return f"{seconds}s"
