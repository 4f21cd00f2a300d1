"""Approving and rejecting over HTTP: who may, under which name, what is refused, and what is written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from shipway.dashboards.pages.reviews.decision import BadDecision, decision_of
from shipway.dashboards.people import OPERATOR, VIEWER, Person
from shipway.lineage import ArtifactRecord, Lineage, TaskIdentity
from shipway.lineage.reviews import Review, reviews_of
from shipway.runner.home import Home

HEADER = "X-Auth-Request-Email"
TAGS = "<script>alert('tags')</script><img src=x onerror=alert(1)> \u202e\u05e9\u05dc\u05d5\u05dd"


@dataclass(frozen=True)
class Reviewed:
    """A home with one model, id 2, learned from Examples, id 1."""

    home: Home
    lineage: Lineage
    model: int = 2
    rows: int = 1

    @property
    def reviews(self) -> list[Review]:
        return reviews_of(self.lineage.queries().service, [self.model])[self.model]

    @property
    def log(self) -> list[dict[str, Any]]:
        path = self.home.path / "audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def record_model(lineage: Lineage) -> None:
    rows, model = ArtifactRecord("Examples", "/rows"), ArtifactRecord("Model", "/model")
    for step, inputs, outputs in (("gen", {}, {"examples": [rows]}), ("fit", {"examples": [rows]}, {"model": [model]})):
        task = TaskIdentity("taxi", "run-1", step, f"a.{step}")
        lineage.complete(lineage.begin(task, inputs, {}, step), outputs, {})


@pytest.fixture
def reviewed(tmp_path: Path) -> Iterator[Reviewed]:
    home = Home(tmp_path / "home")
    with Lineage.open(home.metadata_db) as lineage:
        record_model(lineage)
        yield Reviewed(home, lineage)


@pytest.fixture
def send(csrf_of: Callable[[str], str]) -> Callable[..., Any]:
    """Sends the form of a review, with the token of a page."""

    def post(client: Any, model: object = 2, headers: dict[str, str] | None = None, **fields: str) -> Any:
        token = csrf_of(client.get("/artifacts", headers=headers).text)
        form = {"decision": "approve", "reason": "good", "name": "Ada", **fields, "csrf": token}
        return client.post(f"/models/{model}/review", data=form, headers=headers)

    return post


def test_a_decision_is_recorded_and_in_the_log(reviewed: Any, dashboards: Any, send: Any) -> None:
    with dashboards(reviewed.home).client() as client:
        answer = send(client, reason=f"  {TAGS}\r\nsecond line  ")
        assert (answer.status_code, answer.headers["location"]) == (303, "/models/2#reviews")
        send(client, decision="reject", reason="on second thoughts", name="Grace")
        newest, oldest = reviewed.reviews
        assert (oldest.approved, oldest.by, oldest.reason) == (True, "Ada", f"{TAGS}\nsecond line")
        assert (newest.approved, newest.by, newest.reason) == (False, "Grace", "on second thoughts")
        approved, rejected = reviewed.log
        assert (approved["who"], approved["action"]) == ("operator by token", "approve model")
        assert (approved["subject"], approved["reason"]) == ("model 2, decided by Ada", oldest.reason)
        assert (rejected["action"], rejected["subject"]) == ("reject model", "model 2, decided by Grace")
        story = client.get("/lineage/2/story").text
        assert "on second thoughts" in story
        assert "<img src=x" not in story
        assert f"/artifacts/{newest.artifact_id}" in story
        assert client.get(f"/artifacts/{newest.artifact_id}").status_code == 200
        assert f"ModelReview {newest.artifact_id}" in client.get("/lineage/2").text
        assert client.get(f"/lineage/{newest.artifact_id}").status_code == 200
        assert "ModelReview" not in client.get("/runs").text


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": ""},
        {"decision": "maybe"},
        {"reason": ""},
        {"reason": " \r\n "},
        {"reason": "x" * 2001},
        {"reason": "bell \x07"},
        {"reason": "nul \x00"},
        {"reason": "c1 \x85 inside"},
        {"name": ""},
        {"name": "x" * 201},
        {"name": "two\nlines"},
    ],
    ids=lambda fields: next(f"{name} {value[:8]!r}" for name, value in fields.items()),
)
def test_what_is_refused_leaves_nothing(reviewed: Any, dashboards: Any, send: Any, fields: dict[str, str]) -> None:
    with dashboards(reviewed.home).client() as client:
        answer = send(client, **fields)
        assert (answer.status_code, "was not recorded" in answer.text) == (400, True)
    assert (reviewed.reviews, reviewed.log) == ([], [])


def test_the_longest_reason_is_taken(reviewed: Any, dashboards: Any, send: Any) -> None:
    with dashboards(reviewed.home).client() as client:
        assert send(client, reason="line\r\n" * 399 + "x" * 5).status_code == 303
    assert len(reviewed.reviews[0].reason) == 2000


def test_only_models_that_are_there(reviewed: Any, dashboards: Any, send: Any) -> None:
    with dashboards(reviewed.home).client() as client:
        for model in (reviewed.rows, 99, "x", "9" * 30):
            assert send(client, model).status_code == 404
        assert "cannot be approved" in send(client, reviewed.rows).text
    assert (reviewed.reviews, reviewed.log) == ([], [])


def test_viewers_nobody_and_foreign_forms(reviewed: Any, dashboards: Any, send: Any) -> None:
    served = dashboards(reviewed.home)
    with served.client(served.viewer_token) as client:
        assert send(client).status_code == 403
    with served.client() as client:
        form = {"decision": "approve", "reason": "good", "name": "Ada"}
        assert client.post("/models/2/review", data=form).status_code == 403
        assert client.post("/models/2/review", data={**form, "csrf": "made.up"}).status_code == 403
    with served.client("") as client:
        assert client.post("/models/2/review", data=form).status_code == 303
    assert (reviewed.reviews, reviewed.log) == ([], [])


def test_a_proxys_name_cannot_be_changed(reviewed: Any, dashboards: Any, send: Any) -> None:
    served = dashboards(
        reviewed.home,
        auth_header=HEADER,
        trusted_proxies=(ip_network("127.0.0.1/32"),),
        operators=frozenset({"ada@example.com"}),
        token_file=None,
        operator_token_file=None,
    )
    with served.client("") as client:
        headers = {HEADER: "ada@example.com"}
        assert send(client, headers=headers, name="Somebody Else").status_code == 303
        assert send(client, headers={HEADER: "bob@example.com"}).status_code == 403
    assert [one.by for one in reviewed.reviews] == ["ada@example.com"]
    assert [one["who"] for one in reviewed.log] == ["ada@example.com"]


def test_two_decisions_at_once_are_both_kept(reviewed: Any, dashboards: Any, send: Any) -> None:
    served = dashboards(reviewed.home)
    statuses = []

    def decide(number: int) -> None:
        with served.client() as client:
            statuses.append(send(client, name=f"person {number}").status_code)

    threads = [Thread(target=decide, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert statuses == [303] * 4
    assert sorted(one.by for one in reviewed.reviews) == [f"person {number}" for number in range(4)]
    assert len(reviewed.log) == 4


def test_where_nothing_has_run(tmp_path: Path, dashboards: Any, send: Any) -> None:
    with dashboards(tmp_path).client() as client:
        assert send(client).status_code == 404
    assert not (tmp_path / "metadata.db").exists()


def test_over_a_service_and_while_it_is_away(
    tmp_path: Path, dashboards: Any, send: Any, serve_metadata: Callable[..., Any]
) -> None:
    service = serve_metadata()
    address = service.address(spool=tmp_path / "spool")
    with Lineage.open(address) as lineage:
        record_model(lineage)
        with dashboards(tmp_path / "home", metadata=address).client() as client:
            assert send(client).status_code == 303
            assert [one.by for one in reviews_of(lineage.queries().service, [2])[2]] == ["Ada"]
            service.stop()
            away = send(client, name="Grace")
            assert (away.status_code, "metadata service" in away.text.lower()) == (503, True)
    assert not (tmp_path / "spool").exists()


TOKEN, PROXIED = Person("operator by token", OPERATOR), Person("ada@example.com", OPERATOR, by_proxy=True)


def panel(site: Any, person: Person, reviews: list[Review]) -> str:
    template = site._environment.get_template("reviews/panel.html")
    return str(template.render(model_id=7, reviews=reviews, person=person, csrf_token="a.b"))


def test_the_panel(tmp_path: Path) -> None:
    from shipway.dashboards.options import DashboardOptions
    from shipway.dashboards.site import Site

    site = Site(DashboardOptions(tmp_path), b"key")
    hostile = [Review(7, False, TAGS, TAGS * 60, 1_790_000_000_000, 9), Review(7, True, "Ada", "good", 1, 8)]
    page = panel(site, TOKEN, hostile)
    assert "<script>" not in page
    assert "<img" not in page
    assert page.index("rejected") < page.index("approved")
    assert 'action="/models/7/review"' in page
    assert 'name="name" required' in page
    assert 'value="a.b"' in page
    proxied = panel(site, PROXIED, [])
    assert 'name="name"' not in proxied
    assert "ada@example.com" in proxied
    assert "Nobody has approved" in proxied
    assert "<form" not in panel(site, Person("viewer by token", VIEWER), hostile)
    many = [Review(7, True, "Ada", "good", 1, number) for number in range(60)]
    assert "The newest 50 of 60" in panel(site, TOKEN, many)


def test_who_decides_under_which_name() -> None:
    assert decision_of(TOKEN, "reject", " Ada ", "bad").by == "Ada"
    assert decision_of(PROXIED, "approve", "Somebody Else", "good").by == "ada@example.com"
    with pytest.raises(BadDecision, match="no name"):
        decision_of(TOKEN, "approve", "", "good")
