"""The route of static files."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from shipway.dashboards.assets import Assets
from shipway.dashboards.faults import NotFound

FOR_GOOD = "public, max-age=31536000, immutable"
ANEW = "no-cache"
"""For an address of another version, such as one that another replica has made during an upgrade."""


def static_router(assets: Assets) -> APIRouter:
    """Answers `/static/<digest>/<name>`."""
    routes = APIRouter()

    @routes.get("/static/{digest}/{name:path}")
    async def static(request: Request, digest: str, name: str) -> Response:
        asset = assets.find(name)
        if asset is None:
            raise NotFound("There is no such file.")
        packed = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"cache-control": FOR_GOOD if digest == asset.digest else ANEW, "vary": "accept-encoding"}
        if packed:
            headers["content-encoding"] = "gzip"
        return Response(asset.compressed if packed else asset.content, 200, headers, asset.media_type)

    return routes
