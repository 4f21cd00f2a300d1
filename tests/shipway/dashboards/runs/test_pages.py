"""The pages over HTTP: of real runs, of hostile ones, and of homes in which something is missing or damaged."""

from __future__ import annotations

import re
import shutil
from urllib.parse import quote

import pytest

from shipway.dashboards.pages.runs.run_view import run_page
from shipway.lineage import LineageQueries
from shipway.runner.home import Home


@pytest.fixture
def looking(shop_dashboards):
    with shop_dashboards.client() as client:
        yield client


def part(text):
    return quote(text, safe="")


def test_the_list_of_runs(looking, filled_home):
    page = looking.get("/runs").text
    assert page.index(filled_home.failed) < page.index(filled_home.first)
    assert "elsewhere, from lineage" in page
    assert filled_home.first not in looking.get("/runs?state=FAILED").text
    assert filled_home.failed in looking.get("/runs?state=FAILED").text
    assert "No run is like that" in looking.get("/runs?q=nothing-is-called-so").text
    assert looking.get("/runs?before=nonsense&pipeline=none").status_code == 200


def test_a_run_that_succeeded(looking, filled_home):
    page = looking.get(f"/runs/{filled_home.second}").text
    for step in ("read-orders", "count-orders", "know-orders", "fit", "judge", "push"):
        assert f'href="/runs/{filled_home.second}/tasks/{step}"' in page
    assert page.count('class="box succeeded"') == 5
    assert page.count('class="box cached"') == 1
    assert len(re.findall(r'<path class="edge"', page)) == 8
    assert "/served/1" in page
    assert "blessed" in page
    assert re.search(r'href="/artifacts/\d+"', page)
    assert re.search(r'href="/lineage/\d+"', page)
    assert "hx-get" not in page
    assert "epochs" in page


def test_a_run_from_the_cache_says_so(looking, filled_home):
    page = looking.get(f"/runs/{filled_home.again}").text
    assert page.count('class="box cached"') == 6
    assert "cached" in page


def test_a_run_that_failed_tells_why_in_full(looking, filled_home):
    page = looking.get(f"/runs/{filled_home.failed}").text
    assert "Orders are no good" in page
    assert "x" * 9_000 in page
    assert "task &#39;fit&#39; failed" in page
    assert "<script>alert" not in page
    assert "Log of the step" in page


def test_a_step_with_its_log(looking, filled_home):
    page = looking.get(f"/runs/{filled_home.failed}/tasks/fit").text
    assert "Why it failed" in page
    assert "The whole log" in page
    assert "<script>alert" not in page
    log = looking.get(f"/runs/{filled_home.failed}/tasks/fit/log").text
    assert "epoch 1: loss 0.500" in log
    whole = looking.get(f"/runs/{filled_home.failed}/tasks/fit/log/download")
    assert whole.headers["content-disposition"].startswith("attachment")
    assert whole.headers["content-type"] == "text/plain; charset=utf-8"
    assert whole.text.startswith("epoch 0")
    cached = looking.get(f"/runs/{filled_home.again}/tasks/fit")
    assert "answered from the cache" in cached.text
    assert "no log of this step" in looking.get(f"/runs/{filled_home.again}/tasks/fit/log").text


def test_a_hostile_run_from_lineage_alone(looking, filled_home):
    page = looking.get(f"/runs/{part(filled_home.hostile_run)}")
    assert page.status_code == 200
    assert "known from lineage alone" in page.text
    assert "<img" not in page.text
    assert "<script>alert" not in page.text
    links = re.findall(
        rf'<a class="box \w+" href="(/runs/{re.escape(part(filled_home.hostile_run))}/tasks/[^"]+)"', page.text
    )
    assert len(links) == 3
    for link in links:
        task = looking.get(link)
        assert task.status_code == 200
        assert "<img" not in task.text
        assert "<script>alert" not in task.text
        assert looking.get(f"{link}/log").status_code == 200
    assert looking.get(f"/pipelines/{part(filled_home.hostile_pipeline)}").status_code == 200


def test_pipelines(looking, filled_home):
    page = looking.get("/pipelines").text
    assert 'href="/pipelines/shop"' in page
    assert f"{filled_home.failed}: failed" in page
    assert f"{filled_home.again}: succeeded" in page
    assert "span 2" in page
    assert re.search(r"Model \d+", page)
    assert "<img" not in page
    one = looking.get("/pipelines/shop").text
    assert one.count('<rect class="bar"') == 4
    assert "Orders are no good" in one
    assert "<script>alert" not in one


def test_runs_side_by_side(looking, filled_home):
    page = looking.get(f"/compare?run={filled_home.first}&run={filled_home.second}&run={filled_home.failed}").text
    assert "differs: +2" in page or "differs" in page
    assert "Difference" in page
    assert "are the same in all runs" in page
    assert "FeatureStats.pb" in page
    assert "<script>alert" not in page
    assert "it is empty" in page
    assert "Name two to six runs" in looking.get("/compare").text
    assert looking.get("/compare?" + "&".join(f"run=r{n}" for n in range(7))).status_code == 400
    assert "same" in looking.get(f"/compare?run={filled_home.first}&run={filled_home.second}&show=all").text
    hostile = looking.get("/compare", params={"run": [filled_home.hostile_run, filled_home.first]})
    assert hostile.status_code == 200
    assert "<img" not in hostile.text


@pytest.mark.parametrize(
    "path",
    [
        "/runs/absent", "/runs/..%2f..", "/runs/%00", "/runs/absent/tasks/fit", "/runs/shop-first/tasks/absent",
        "/runs/absent/tasks/fit/log", "/runs/shop-first/tasks/absent/log", "/runs/absent/live",
        "/runs/shop-first/tasks/..%2f..%2fmetadata/log/download", "/runs/shop-first/tasks/absent/log/download",
        "/pipelines/absent", "/compare?run=absent&run=shop-first",
    ],
)  # fmt: skip
def test_unknown_names_have_a_page_with_a_way_on(looking, path):
    answer = looking.get(path)
    assert answer.status_code == 404
    assert 'href="/runs"' in answer.text


@pytest.mark.parametrize(
    "path",
    ["/runs/shop-first?page=x", "/runs/shop-first/tasks/fit/log?end=x", "/runs?q=" + "a" * 501, "/pipelines?page=x"],
)
def test_values_that_are_none_are_refused(looking, path):
    assert looking.get(path).status_code == 400


@pytest.mark.parametrize(
    "path", ["/runs/shop-first?page=-3", "/runs/shop-first?page=99&loops=all", "/pipelines?page=99"]
)
def test_pages_beyond_the_ends(looking, path):
    assert looking.get(path).status_code == 200


@pytest.fixture
def copied(filled_home, tmp_path):
    """The runs and the store of the filled home, to be damaged."""
    home = Home(tmp_path / "home")
    home.path.mkdir()
    shutil.copytree(filled_home.home.runs, home.runs)
    shutil.copy(filled_home.home.metadata_db, home.metadata_db)
    return home


@pytest.mark.parametrize("file", ["spec.json", "request.json", "journal.jsonl"])
@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"\xff\xfe\x00", b'{"a": 1}'], ids=["gone", "empty", "torn", "binary", "other"]
)
def test_a_damaged_file_is_named_and_the_rest_is_there(filled_home, copied, file, content):
    path = copied.runs / filled_home.second / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    queries = LineageQueries.open(copied.metadata_db)
    try:
        page = run_page(copied, lambda: queries, filled_home.second, 0.0)
    finally:
        queries.close()
    if not (file == "request.json" and content == b'{"a": 1}'):
        assert file in "\n".join(page.problems)
    assert {"read-orders", "fit", "push"} <= {task.name for task in page.rows}
    assert page.run.pipeline == "shop"
    assert ("judge", "push") in {(edge.source, edge.target) for edge in page.graph.edges}


def test_pages_over_damaged_files(filled_home, copied, dashboards):
    (copied.runs / filled_home.first / "spec.json").write_text("{")
    (copied.runs / filled_home.second / "request.json").unlink()
    (copied.runs / filled_home.again / "journal.jsonl").write_bytes(b"\xff\x00" * 1000)
    (copied.runs / filled_home.failed / "journal.jsonl").unlink()
    with dashboards(copied).client() as client:
        for run_id in (filled_home.first, filled_home.second, filled_home.again, filled_home.failed):
            assert 'class="problem"' in client.get(f"/runs/{run_id}").text
            assert client.get(f"/runs/{run_id}/tasks/fit").status_code == 200
        for path in (
            "/runs",
            "/pipelines",
            "/pipelines/shop",
            f"/compare?run={filled_home.first}&run={filled_home.second}",
        ):
            assert client.get(path).status_code == 200


def test_a_home_without_a_store(filled_home, dashboards, tmp_path):
    home = Home(tmp_path / "home")
    home.path.mkdir()
    shutil.copytree(filled_home.home.runs, home.runs)
    with dashboards(home).client() as client:
        page = client.get(f"/runs/{filled_home.second}").text
        assert "box succeeded" in page
        assert "Model" in page
        assert filled_home.first in client.get("/runs").text
        assert "shop" in client.get("/pipelines").text
        assert client.get(f"/runs/{filled_home.second}/tasks/fit").status_code == 200


def test_a_store_that_is_damaged(filled_home, dashboards, tmp_path):
    home = Home(tmp_path / "home")
    home.path.mkdir()
    shutil.copytree(filled_home.home.runs, home.runs)
    home.metadata_db.write_bytes(b"no database at all" * 100)
    with dashboards(home).client() as client:
        for path in ("/runs", "/pipelines", f"/runs/{filled_home.second}", "/pipelines/shop"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert "Lineage cannot be read" in answer.text
        assert client.get("/runs/absent").status_code == 503


def test_an_empty_home(dashboards, tmp_path):
    with dashboards(Home(tmp_path / "empty").create()).client() as client:
        assert "Nothing has run here yet" in client.get("/runs").text
        assert "No pipeline has run here yet" in client.get("/pipelines").text


def test_a_run_that_goes_on_asks_for_itself_until_it_has_ended(workshop, event, task, pipeline, dashboards):
    import fcntl

    folder = workshop.run("r1", [event.run_started, event.started("train")])
    workshop.spec("r1", pipeline({"train": task("train"), "push": task("push", after=["train"])}))
    log = workshop.log("r1", "train", b"epoch 1\n")
    with dashboards(workshop.home).client() as client:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            page = client.get("/runs/r1?loops=all").text
            assert 'hx-get="/runs/r1/live?loops=all"' in page
            assert 'class="box running"' in page
            assert 'class="box waiting"' in page
            live = client.get("/runs/r1/live", headers={"hx-request": "true"}).text
            assert "<html" not in live
            assert live.count('hx-swap-oob="true"') == 5
            assert 'hx-trigger="every 3s"' in live
            followed = client.get("/runs/r1/tasks/train/log").text
            assert "log/after?begin=8" in followed
            log.write_bytes(b"epoch 1\nepoch 2 <b>\n")
            more = client.get("/runs/r1/tasks/train/log/after?begin=8").text
            assert "epoch 2 &lt;b&gt;" in more
            assert "epoch 1" not in more
            assert "log/after?begin=20" in more
        workshop.write("r1", [event.ended("train"), event.ended("push"), event.run_finished("SUCCEEDED")])
        assert "hx-get" not in client.get("/runs/r1/live").text
        assert "has ended" in client.get("/runs/r1/tasks/train/log/after?begin=20").text


def test_a_long_log_by_parts(workshop, event, dashboards):
    workshop.run("r1", [event.run_started, event.ended("train"), event.run_finished("SUCCEEDED")])
    workshop.log("r1", "train", b"".join(b"line %d\n" % number for number in range(20_000)))
    with dashboards(workshop.home).client() as client:
        last = client.get("/runs/r1/tasks/train/log").text
        assert "line 19999\n" in last
        assert "line 1\n" not in last
        (end,) = set(re.findall(r"\?end=(\d+)", last))
        earlier = client.get(f"/runs/r1/tasks/train/log?end={end}").text
        assert "later →" in earlier
        assert "line 19999\n" not in earlier
        assert client.get("/runs/r1/tasks/train/log?end=-5").status_code == 200


def test_names_of_ten_thousand_characters(workshop, dashboards):
    run_id, name, pipeline = "r" * 10_000, "t" * 10_000, "p" * 10_000
    workshop.record(run_id, name, pipeline=pipeline)
    with dashboards(workshop.home).client() as client:
        for path in (
            "/runs",
            "/pipelines",
            f"/pipelines/{pipeline}",
            f"/runs/{run_id}",
            f"/runs/{run_id}/tasks/{name}",
        ):
            assert client.get(path).status_code == 200
        for path in (f"/runs/{run_id}x", f"/runs/{run_id}/tasks/{name}x", f"/runs/{run_id}/tasks/{name}/log/download"):
            assert client.get(path).status_code == 404
        assert client.get(f"/runs/{run_id}/tasks/{name}/log").status_code == 200
        assert client.get("/compare", params={"run": [run_id, run_id[:-1]]}).status_code == 404


def test_names_with_slashes(workshop, dashboards):
    workshop.record("a/b", "c/d", pipeline="e/f")
    with dashboards(workshop.home).client() as client:
        page = client.get("/runs").text
        assert 'href="/runs/a%2Fb"' in page
        assert client.get("/runs/a%2Fb").status_code == 200
        assert client.get("/runs/a%2Fb/tasks/c%2Fd").status_code == 200
        assert client.get("/pipelines/e%2Ff").status_code == 200


def test_more_steps_than_a_page_holds(workshop, event, dashboards):
    ended = [event.ended(f"train.{number}") for number in range(400)]
    workshop.run("r1", [event.run_started, *ended, event.run_finished("SUCCEEDED")])
    with dashboards(workshop.home).client() as client:
        page = client.get("/runs/r1").text
        assert "share one box" in page
        assert "400: 400 succeeded" in page
        assert 'href="/runs/r1?page=2#steps"' in page
        assert page.count("<tr>") < 300
        assert client.get("/runs/r1?loops=all").text.count('class="box succeeded"') == 400
