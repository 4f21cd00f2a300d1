"""The names of the taxi rides' features, as TFX's example groups them."""

from __future__ import annotations

LABEL = "tips"
"""The tip in dollars; after the transform 1 where it is more than a fifth of the fare."""

FARE = "fare"
BIG_TIP = 0.2

DENSE_FLOAT_FEATURES = ("trip_miles", FARE, "trip_seconds")

VOCABULARY_FEATURES = ("payment_type", "company", "dropoff_census_tract")
"""The tract of the pickup is missing in all but one row of the data."""
VOCABULARY_SIZE = 1000
OUT_OF_VOCABULARY = 10

BUCKET_FEATURES = ("pickup_latitude", "pickup_longitude", "dropoff_latitude", "dropoff_longitude")
BUCKETS = 10

CATEGORICAL_FEATURES = {
    "trip_start_hour": 24,
    "trip_start_day": 8,
    "trip_start_month": 13,
    "pickup_community_area": 78,
    "dropoff_community_area": 78,
}
"""Small whole numbers, 0 where there is none, with how many there are: days, months and areas count from 1."""


def transformed_name(name: str) -> str:
    """What a feature is called after the transform."""
    return f"{name}_xf"
