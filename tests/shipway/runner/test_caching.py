"""When an earlier result may stand in for a step, and when it may not."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipway.lineage import LineageQueries
from shipway.runner import Home, RunResult, importers

Run = Callable[..., RunResult]


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, str]:
    watched, module = tmp_path / "watched.txt", tmp_path / "module_of_caching.py"
    watched.write_text("one")
    module.write_text("WORD = 'first'\n")
    return {"path": str(watched), "module_file": str(module)}


def cached(result: RunResult) -> set[str]:
    return {task.name for task in result.tasks if task.cached}


ALL = {"write", "read", "watches", "uses-module"}


def test_a_second_run_repeats_nothing_but_what_asks_for_it(run: Run, inputs: dict[str, str], home: Home) -> None:
    first, second = run("caching", inputs), run("caching", inputs)
    assert cached(first) == set()
    assert cached(second) == ALL
    assert second.task("say").state == "SUCCEEDED"
    assert first.task("write").outputs == second.task("write").outputs
    recorded = {one.task: one.state for one in LineageQueries.open(home.metadata_db).run(second.run_id)}
    assert recorded["write"] == "CACHED"
    assert recorded["say"] == "COMPLETE"


def test_functions_and_commands_are_cached_by_what_they_run_and_take(run: Run) -> None:
    first, second = run("caching_containers"), run("caching_containers")
    assert cached(second) == {"greet", "shell", "double"}
    assert first.task("shell").outputs == second.task("shell").outputs
    assert cached(run("caching_containers", {"text": "other"})) == {"greet", "double"}


def test_without_the_cache_everything_runs_and_is_kept_again(run: Run, inputs: dict[str, str]) -> None:
    run("caching", inputs)
    assert cached(run("caching", inputs, use_cache=False)) == set()
    assert cached(run("caching", inputs)) == ALL


@pytest.mark.parametrize(
    ("change", "repeated"),
    [("parameter", {"write", "read"}), ("watched file", {"watches"}), ("module file", {"uses-module"})],
)
def test_a_change_repeats_what_depends_on_it(run: Run, inputs: dict[str, str], change: str, repeated: set[str]) -> None:
    run("caching", inputs)
    if change == "parameter":
        inputs["text"] = "other"
    elif change == "watched file":
        Path(inputs["path"]).write_text("two")
    else:
        Path(inputs["module_file"]).write_text("WORD = 'second'\n")
    assert cached(run("caching", inputs)) == ALL - repeated


def test_the_same_content_made_anew_keeps_what_comes_after_it_cached(run: Run, inputs: dict[str, str]) -> None:
    first = run("caching", inputs)
    shutil.rmtree(first.task("write").outputs.artifacts["files"][0].uri)
    assert cached(run("caching", inputs)) == ALL - {"write"}


def test_a_module_file_may_move(run: Run, inputs: dict[str, str], tmp_path: Path) -> None:
    run("caching", inputs)
    (tmp_path / "elsewhere").mkdir()
    inputs["module_file"] = shutil.move(inputs["module_file"], str(tmp_path / "elsewhere" / "module_of_caching.py"))
    assert "uses-module" in cached(run("caching", inputs))


def test_files_that_were_touched_do_not_count_as_cached(run: Run, inputs: dict[str, str]) -> None:
    first = run("caching", inputs)
    Path(first.task("write").outputs.artifacts["files"][0].uri, "text.txt").write_text("tampered with")
    assert "write" not in cached(run("caching", inputs))


def test_an_artifact_that_lineage_does_not_know_is_made_again(run: Run, inputs: dict[str, str], home: Home) -> None:
    run("caching", inputs)
    home.metadata_db.unlink()
    for leftover in home.path.glob("metadata.db-*"):
        leftover.unlink()
    assert "write" not in cached(run("caching", inputs))


def test_imports_are_recorded_once_and_again_when_their_content_changes(run: Run, home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "text.txt").write_text("given")
    results = [run("imports", {"uri": str(folder), "tag": "x"}) for _ in range(2)]
    assert [result.task("importer").cached for result in results] == [False, True]
    artifact = results[0].task("importer").outputs.artifacts["artifact"][0]
    assert (artifact.type_name, dict(artifact.metadata)) == ("Files", {"tag": "x", "size": 3.0})
    (folder / "text.txt").write_text("changed")
    third = run("imports", {"uri": str(folder), "tag": "x"})
    assert not third.task("importer").cached
    assert third.task("read").outputs.parameters["said"] == "changed"
    recorded = [one for one in LineageQueries.open(home.metadata_db).artifacts() if one.uri == str(folder)]
    assert len(recorded) == 2


def test_a_large_import_is_digested_by_a_process_of_its_own(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "text.txt").write_text("given")
    small = run("imports", {"uri": str(folder)}).task("importer").outputs
    monkeypatch.setattr(importers, "QUICK_BYTES", 1)
    assert run("imports", {"uri": str(folder)}).task("importer").outputs == small


def test_an_import_of_nothing_says_so(run: Run, tmp_path: Path) -> None:
    result = run("imports", {"uri": str(tmp_path / "nowhere")})
    assert f"finds nothing at '{tmp_path / 'nowhere'}'" in result.task("importer").sentence
    assert result.task("read").state == "SKIPPED"


def test_two_runs_at_once_on_one_home(compiled: Any, home: Home, inputs: dict[str, str]) -> None:
    import subprocess
    import sys

    flow = Path(__file__).parent / "flow"
    script = (
        "import sys\nfrom pathlib import Path\nfrom shipway.runner import Home, prepare_pipeline, run_pipeline\n"
        f"home = Home(Path({str(home.path)!r}))\n"
        f"compiled = prepare_pipeline({str(flow / 'flow_pipelines.py')!r} + ':caching', home)\n"
        f"sys.exit(run_pipeline(compiled, {inputs!r}, home=home).state != 'SUCCEEDED')\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    queries = LineageQueries.open(home.metadata_db)
    assert len(queries.runs()) == 2
    assert all(one.state in ("COMPLETE", "CACHED") for run in queries.runs() for one in queries.run(run.run_id))
