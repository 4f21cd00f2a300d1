"""The pages over HTTP: every one for every artifact of homes with real, hostile and broken records."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage.learning import Learned, Learning

PAGES = ("/artifacts/{id}", "/lineage/{id}", "/lineage/{id}?direction=up&depth=10&fold=runs", "/lineage/{id}?fold=none",
         "/lineage/{id}/story", "/lineage/{id}/models")  # fmt: skip
TAGS = "<script>alert('tags')</script>"


@pytest.fixture
def client(looked_at: Any, dashboards: Callable[..., Any]) -> Iterator[Any]:
    with dashboards(looked_at.home).client() as opened:
        yield opened


@pytest.fixture
def own_client(three_runs: Any, dashboards: Callable[..., Any]) -> Iterator[Any]:
    """Of a home that the test may change."""
    with dashboards(three_runs.home).client() as opened:
        yield opened


def text_of(response: Any) -> str:
    return html.unescape(response.text)


def search(client: Any, **asked: str) -> str:
    """A page of results, once the store has been read."""
    while True:
        response = client.get("/artifacts", params=asked)
        assert response.status_code == 200
        if "still being read" not in response.text:
            return text_of(response)


def test_searching(client: Any, looked_at: Any) -> None:
    model = looked_at.id_of("run-2", "trainer", "model")
    assert f"/artifacts/{model}" in search(client, q="run-2 trainer")
    assert "Leave out a word" in search(client, q="' OR 1=1 --")
    assert "There are no more" in search(client, page="50")
    assert search(client, page="x", type="Model").count('scope="row"') == 3
    assert "“" not in search(client, q=TAGS)
    assert TAGS not in client.get("/artifacts", params={"q": TAGS, "type": TAGS, "pipeline": TAGS}).text


def test_one_artifact(client: Any, looked_at: Any) -> None:
    page = text_of(client.get(f"/artifacts/{looked_at.id_of('run-2', 'trainer', 'model')}"))
    for text in (
        "/runs/run-2/tasks/trainer",
        "/code/taxi.py",
        "Format-Serving/saved_model.pb",
        "/lineage/",
        "story",
        "run-3",
    ):
        assert text in page
    schema = looked_at.id_of("run-1", "schema_gen", "schema")
    assert "Given again 2 times" in text_of(client.get(f"/artifacts/{schema}"))
    shown = client.get(f"/artifacts/{schema}/file", params={"name": "schema.pbtxt"})
    assert "Schema of run-1" in shown.text


def test_versions_of_the_same(client: Any, looked_at: Any) -> None:
    ids = [looked_at.id_of(f"run-{number}", "trainer", "model") for number in (1, 2, 3)]
    page = client.get(f"/artifacts/{ids[1]}").text.split('id="versions"')[1].split("<h2")[0]
    assert page.index(f"/artifacts/{ids[2]}") < page.index("(this one)") < page.index(f"/artifacts/{ids[0]}")


@pytest.mark.parametrize("name", ["../../../../../../metadata.db", "/etc/hostname", "../model", "..%2f..%2fx.txt"])
def test_files_outside_of_an_artifact(client: Any, looked_at: Any, name: str) -> None:
    number = looked_at.id_of("run-1", "schema_gen", "schema")
    assert client.get(f"/artifacts/{number}/file", params={"name": name}).status_code == 404


@pytest.mark.parametrize("number", ["0", "999999", "-1", "x", "1.5", "9" * 30, "%3Cscript%3E", "%D9%A3"])
@pytest.mark.parametrize("page", [*PAGES[:2], "/artifacts/{id}/file", *PAGES[-2:]])
def test_unknown_ids_have_a_way_on(client: Any, page: str, number: str) -> None:
    response = client.get(page.format(id=number))
    assert response.status_code == 404
    assert "<script>" not in response.text
    assert 'href="/' in response.text


def test_what_has_no_story_is_a_404(client: Any, looked_at: Any) -> None:
    assert client.get(f"/lineage/{looked_at.id_of('run-1', 'schema_gen', 'schema')}/story").status_code == 404


def test_the_graph_and_the_table(client: Any, looked_at: Any) -> None:
    model = looked_at.id_of("run-2", "trainer", "model")
    page = client.get(f"/lineage/{model}", params={"find": "run-3", "depth": "2"}).text
    assert "<svg" in page
    assert 'class="vertex execution' in page
    assert "style=" not in page.replace("stylesheet", "")
    rows = page.split('id="as-text"')[1]
    assert f"Model {model}" in rows
    assert "(found)" in rows
    wrong = {"depth": "x", "fold": "?", "direction": "<b>", "open": "run:<b>"}
    assert client.get(f"/lineage/{model}", params=wrong).status_code == 200


def test_story_and_models(client: Any, looked_at: Any) -> None:
    pushed = looked_at.id_of("run-2", "pusher", "pushed_model")
    page = text_of(client.get(f"/lineage/{pushed}/story"))
    for text in ("digest of run-2's code", "key-of-trainer", "blessed", "0.92", "/served"):
        assert text in page
    rows = looked_at.id_of("run-2", "example_gen", "examples")
    assert f"/lineage/{rows}/models" in page
    page = text_of(client.get(f"/lineage/{rows}/models"))
    assert f"/artifacts/{pushed}" in page


def test_models_that_were_not_all_followed(client: Any, looked_at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = looked_at.id_of("run-2", "example_gen", "examples")
    model = looked_at.id_of("run-2", "trainer", "model")
    monkeypatch.setattr(Learning, "models_from", lambda _, __, most: Learned([model], is_whole=most is None))
    page = client.get(f"/lineage/{rows}/models").text
    assert "At least 1 model learned from these rows, however indirectly: those nearest to them." in page
    assert f'href="/lineage/{rows}/models?all=1"' in page
    page = client.get(f"/lineage/{rows}/models?all=1").text
    assert "<p>1 model learned from these rows, however indirectly." in page
    assert "all=1" not in page


def check(client: Any, csrf_of: Callable[[str], str], number: int) -> str:
    token = csrf_of(client.get(f"/artifacts/{number}").text)
    response = client.post(f"/artifacts/{number}/digest", data={"csrf": token})
    assert response.status_code == 200
    return text_of(response)


def test_the_digest_on_request(own_client: Any, three_runs: Any, csrf_of: Callable[[str], str]) -> None:
    number = three_runs.id_of("run-1", "trainer", "model")
    assert "are what was recorded" in check(own_client, csrf_of, number)
    model = Path(three_runs.queries.artifact(number).uri) / "Format-Serving" / "saved_model.pb"
    model.write_text("another model")
    assert "are not what was recorded" in check(own_client, csrf_of, number)
    model.unlink()
    assert "not whole" in text_of(own_client.get(f"/artifacts/{number}"))
    (model.parent / "pipe").symlink_to("nowhere")
    assert "could not be found out" in check(own_client, csrf_of, number)
    lines = (three_runs.home.path / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["subject"] for line in lines[-3:]] == [f"artifact {number}"] * 3
    assert own_client.post(f"/artifacts/{number}/digest", data={}).status_code == 403
    assert (
        own_client.post("/artifacts/999999/digest", data={"csrf": csrf_of(own_client.get("/").text)}).status_code == 404
    )


def test_a_viewer_may_not_check(three_runs: Any, dashboards: Callable[..., Any], csrf_of: Callable[[str], str]) -> None:
    served = dashboards(three_runs.home)
    number = three_runs.id_of("run-1", "trainer", "model")
    with served.client(served.viewer_token) as viewer:
        page = viewer.get(f"/artifacts/{number}").text
        assert "/digest" not in page
        assert viewer.post(f"/artifacts/{number}/digest", data={"csrf": csrf_of(page)}).status_code == 403
    with served.client("") as nobody:
        for path in ("/artifacts", *PAGES):
            assert nobody.get(path.format(id=number)).status_code in (303, 401)


def test_files_that_are_gone_do_not_take_the_page_along(own_client: Any, three_runs: Any) -> None:
    import shutil

    number = three_runs.id_of("run-1", "trainer", "model")
    shutil.rmtree(three_runs.queries.artifact(number).uri)
    response = own_client.get(f"/artifacts/{number}")
    assert response.status_code == 200
    assert "The files are missing" in response.text
    three_runs.lineage.mark_deleted([number])
    assert "deleted, as is recorded" in own_client.get(f"/artifacts/{number}").text


def test_every_page_of_real_and_hostile_records(shop_dashboards: Any, filled_home: Any) -> None:
    from shipway.lineage import LineageQueries

    queries = LineageQueries.open(filled_home.home.metadata_db)
    artifacts = queries.artifacts()
    queries.close()
    assert any(TAGS in one.uri for one in artifacts)
    with shop_dashboards.client() as client:
        for one in artifacts:
            for path in PAGES:
                response = client.get(path.format(id=one.id))
                assert response.status_code in ((200, 404) if path.endswith("story") else (200,)), (path, one)
                assert "<script>alert" not in response.text
                assert "<img src=x" not in response.text
        assert "<script>alert" not in client.get("/artifacts", params={"q": "alert"}).text


def test_a_home_in_which_nothing_has_run(dashboards: Callable[..., Any], tmp_path: Path) -> None:
    with dashboards(tmp_path / "empty").client() as client:
        response = client.get("/artifacts")
    assert response.status_code == 404
    assert "shipway" in response.text
