"""Following a metadata store: everything that is there once, then only what is new or has changed.

    feed = Feed(queries.service)
    for changes in feed.changes(): ...      # all of it, in pieces
    for changes in feed.changes(): ...      # what came since

A piece is whole in itself: an attempt comes with the artifacts that it put out. Something may come twice, so whoever
takes it must not mind.
"""

from shipway.lineage.following.changes import Attempt, Changes, RunEnds
from shipway.lineage.following.feed import Feed, StoreReplaced

__all__ = ["Attempt", "Changes", "Feed", "RunEnds", "StoreReplaced"]
