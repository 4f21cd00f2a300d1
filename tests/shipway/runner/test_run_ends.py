"""A run leaves word in the metadata store of how it ended, each time."""

from pathlib import Path

from shipway.artifacts import size_of
from shipway.lineage import LineageQueries
from shipway.lineage.following import Feed
from shipway.runner import resume_run


def told(home):
    queries = LineageQueries.open(home.metadata_db)
    try:
        found = [ends for changes in Feed(queries.service).changes() for ends in changes.run_ends]
    finally:
        queries.close()
    return [(one.run_id, [state for state, _ in one.ends]) for one in found]


def test_a_run_that_succeeds(run, home):
    done = run("chain")
    assert told(home) == [(done.run_id, ["SUCCEEDED"])]


def test_a_run_that_fails_and_one_that_goes_on(run, home):
    part = run("chain", until="write")
    resume_run(part.run_id, home=home)
    failed = run("exits", {"path": str(home.path / "told")})
    ends = dict(told(home))
    assert ends == {part.run_id: ["SUCCEEDED", "SUCCEEDED"], failed.run_id: ["FAILED"]}


def test_what_a_run_makes_is_measured(run, home):
    done = run("chain")
    queries = LineageQueries.open(home.metadata_db)
    try:
        made = [
            one for execution in queries.run(done.run_id) for listed in execution.outputs.values() for one in listed
        ]
    finally:
        queries.close()
    assert made
    assert all(one.metadata["size_bytes"] == size_of(Path(one.uri)) for one in made)
