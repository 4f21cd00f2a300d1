"""`/artifacts`: search; `/artifacts/{id}`: one of them, its files, and whether they are what was recorded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from shipway.artifacts.digest import NotAFile
from shipway.dashboards.artifact_files import OutOfReach, UnreadableFiles, digest_now, preview_of
from shipway.dashboards.bucket_files import TooLargeToDigest
from shipway.dashboards.faults import NotFound
from shipway.dashboards.pages.artifacts.search.feed import ArtifactFeed
from shipway.dashboards.pages.artifacts.search.results import search_results
from shipway.dashboards.pages.artifacts.search.texts import LONGEST_QUERY, Wanted
from shipway.dashboards.pages.artifacts.view import DigestCheck, artifact_page, recorded
from shipway.dashboards.people import Person
from shipway.dashboards.site import Site, operator, viewer
from shipway.lineage import RecordedArtifact

STATES = ("LIVE", "DELETED", "MARKED_FOR_DELETION", "ABANDONED", "PENDING")


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    feed = ArtifactFeed(site.queries)

    @routes.get("/artifacts")
    def search(
        request: Request,
        person: Annotated[Person, Depends(viewer)],
        q: str = "",
        type: str = "",
        state: str = "",
        pipeline: str = "",
        page: str = "1",
    ) -> Response:
        wanted = Wanted(*(text.strip()[:LONGEST_QUERY] for text in (q, type, state, pipeline)))
        results = search_results(site.queries(), feed, wanted, _number(page))
        return site.render(request, "artifacts/search.html", results=results, states=STATES)

    @routes.get("/artifacts/{artifact_id}")
    def artifact(request: Request, artifact_id: str, person: Annotated[Person, Depends(viewer)]) -> Response:
        page = artifact_page(site.queries(), site.home, artifact_id)
        return site.render(request, "artifacts/artifact.html", page=page, check=None)

    @routes.get("/artifacts/{artifact_id}/file")
    def preview(
        request: Request, artifact_id: str, person: Annotated[Person, Depends(viewer)], name: str = ""
    ) -> Response:
        shown = recorded(site.queries(), artifact_id)
        text, is_whole = preview_of(shown, site.home, name)
        return site.render(
            request, "artifacts/file.html", artifact=shown, name=name, text=text, is_whole=is_whole
        )  # fmt: skip

    @routes.post("/artifacts/{artifact_id}/digest")
    def check_digest(request: Request, artifact_id: str, person: Annotated[Person, Depends(operator)]) -> Response:
        page = artifact_page(site.queries(), site.home, artifact_id)
        site.audit(person, "check digest", f"artifact {page.artifact.id}")
        check = _checked(site, page.artifact)
        return site.render(request, "artifacts/artifact.html", page=page, check=check)

    return routes


def _checked(site: Site, artifact: RecordedArtifact) -> DigestCheck:
    try:
        return DigestCheck(artifact.digest, digest_now(artifact, site.home))
    except (NotAFile, NotFound, OutOfReach, TooLargeToDigest, UnreadableFiles) as fault:
        return DigestCheck(artifact.digest, fault=str(fault))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
