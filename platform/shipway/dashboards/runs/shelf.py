"""What the pages of runs and of pipelines keep between requests, once for a site."""

from __future__ import annotations

from shipway.dashboards.runs.listing import Listing, Listings
from shipway.dashboards.runs.summaries import Budget, Summaries
from shipway.dashboards.site import Site

NEWEST, NEWEST_OF_EACH = 30, 50
LOOKED_UP = 1000
"""Runs of either kind that are looked up before anybody asks: those of the first pages, and each pipeline's newest."""


class Shelf:
    """The listing and the summaries of a site's runs; the routers of one site share it."""

    def __init__(self, site: Site) -> None:
        self.home = site.home
        self.queries = site.queries
        self._listings = Listings(site.home, site.queries)
        self.summaries = Summaries(site.home, site.queries)

    def listing(self) -> Listing:
        return self._listings.now()

    def fill(self) -> None:
        """List the runs and look up those that the first pages show."""
        listing = self.listing()
        newest = (one for runs in listing.by_pipeline.values() for one in runs[:NEWEST_OF_EACH])
        budget = Budget(journals=LOOKED_UP, recorded=LOOKED_UP)
        for one in (*listing.runs[:NEWEST], *newest):
            self.summaries.of(one, budget)


def shelf_of(site: Site) -> Shelf:
    """The shelf of a site, made when first asked for."""
    shelf: Shelf | None = site.__dict__.get("run_shelf")
    if shelf is None:
        shelf = site.__dict__["run_shelf"] = Shelf(site)
    return shelf
