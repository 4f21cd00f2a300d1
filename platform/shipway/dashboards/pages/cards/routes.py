"""Model cards."""

from __future__ import annotations

from fastapi import APIRouter

from shipway.dashboards.site import Site


def router(site: Site) -> APIRouter:
    return APIRouter()
