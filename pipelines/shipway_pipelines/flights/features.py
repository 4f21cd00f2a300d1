"""The names of the flights' features, for the step that makes them and for the module that learns from them.

Nothing here is known only after the departure: what the schedule says, what kind of plane is planned, and the weather
that the airport reports at the hour of the scheduled departure.
"""

from __future__ import annotations

LABEL = "late"
"""1 when the flight arrives 15 minutes or more behind its schedule."""

LATE_MINUTES = 15

IDENTITY = ("day", "flight", "tailnum")
"""Which flight it was, together with month, carrier and hour: for people. The model would learn them by
heart, so it is neither trained on them nor asked with them."""

SCHEDULE_WORDS = ("carrier", "origin", "dest")
SCHEDULE_NUMBERS = ("distance", "departure_minute", "arrival_minute", "scheduled_minutes")
"""Kilometres would be as good as miles; minutes count from midnight in the airport's own time."""

CALENDAR = {"month": 13, "weekday": 8, "hour": 24}
"""Small whole numbers with how many there are (months and weekdays, Monday first, count from 1)."""

WEATHER_NUMBERS = ("temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib")
WIND_DIRECTION = "wind_dir"
"""Degrees: 359 is next to 0, so it goes into the model as a sine and a cosine."""

PLANE_WORDS = ("plane_manufacturer", "plane_engine")
PLANE_NUMBERS = ("plane_year", "plane_seats")

NUMBERS = (*SCHEDULE_NUMBERS, *WEATHER_NUMBERS, *PLANE_NUMBERS)
WORDS = (*SCHEDULE_WORDS, *PLANE_WORDS)
COLUMNS = (*IDENTITY, *CALENDAR, *WORDS, *NUMBERS, WIND_DIRECTION, LABEL)
"""Every column of the joined flights."""
