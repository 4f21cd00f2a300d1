"""The kinds of pages of the dashboards, and addresses of each over a generated store, another one each time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from flow import TASKS

from shipway.lineage import LineageQueries, RecordedRun

TYPES = ("Model", "Examples", "ExampleStatistics", "Schema")


@dataclass(frozen=True)
class Store:
    """What addresses name: the runs, ids by type, and the highest id of all."""

    runs: Sequence[RecordedRun]
    ids: Mapping[str, Sequence[int]]
    newest: int
    chance: Random

    @classmethod
    def read(cls, path: Path) -> Store:
        queries = LineageQueries.open(path)
        runs = queries.runs()
        queries.close()
        with closing(sqlite3.connect(path)) as database:
            of_type = "SELECT a.id FROM Artifact AS a JOIN Type AS t ON t.id = a.type_id WHERE t.name = ? ORDER BY a.id"
            ids = {name: [found for (found,) in database.execute(of_type, (name,))] for name in TYPES}
            newest = database.execute("SELECT MAX(id) FROM Artifact").fetchone()[0]
        return cls(runs, ids, newest, Random(7))

    def run(self) -> RecordedRun:
        return self.chance.choice(self.runs)

    def place(self) -> str:
        """A place in the list of runs."""
        one = self.run()
        return f"before={float(one.created_ms)!r}:{one.run_id}"

    def any_id(self) -> int:
        return self.chance.randrange(1, self.newest)

    def id_of(self, type_name: str) -> int:
        return self.chance.choice(self.ids[type_name])

    def page(self, most: int) -> int:
        return self.chance.randrange(1, most)


KINDS: Mapping[str, Callable[[Store], str]] = {
    "the first page": lambda store: "/",
    "all pipelines": lambda store: "/pipelines",
    "one pipeline": lambda store: f"/pipelines/{store.run().pipeline}",
    "a page of runs": lambda store: f"/runs?{store.place()}",
    "a page of failed runs": lambda store: f"/runs?state=FAILED&{store.place()}",
    "runs by text": lambda store: f"/runs?q={store.run().run_id[-4:]}",
    "one run": lambda store: f"/runs/{store.run().run_id}",
    "one run, its live part": lambda store: f"/runs/{store.run().run_id}/live",
    "one step": lambda store: f"/runs/{store.run().run_id}/tasks/{TASKS[0].name}",
    "two runs compared": lambda store: f"/compare?run={store.run().run_id}&run={store.run().run_id}",
    "data": lambda store: "/data",
    "data of one pipeline": lambda store: f"/data/pipeline/{store.run().pipeline}",
    "drift of one pipeline": lambda store: f"/data/pipeline/{store.run().pipeline}/drift",
    "schema of one pipeline": lambda store: f"/data/pipeline/{store.run().pipeline}/schema",
    "statistics of a span": lambda store: f"/data/{store.id_of('ExampleStatistics')}",
    "models": lambda store: "/models",
    "versions of one model": lambda store: f"/models/pipeline/{store.run().pipeline}",
    "one model": lambda store: f"/models/{store.id_of('Model')}",
    "card of a model": lambda store: f"/models/{store.id_of('Model')}/card",
    "serving": lambda store: "/serving",
    "search, a common word": lambda store: f"/artifacts?q=flights&page={store.page(20)}",
    "search, the digits of a digest": lambda store: f"/artifacts?q={store.chance.getrandbits(32):08x}",
    "search, a run and a step": lambda store: f"/artifacts?q={store.run().run_id[-7:]}+trainer",
    "search, a type and a state": lambda store: f"/artifacts?type=Model&state=DELETED&page={store.page(10)}",
    "one artifact": lambda store: f"/artifacts/{store.any_id()}",
    "one schema": lambda store: f"/artifacts/{store.id_of('Schema')}",
    "lineage, any artifact, depth 10": lambda store: f"/lineage/{store.any_id()}?depth=10",
    "lineage, a model, depth 10": lambda store: f"/lineage/{store.id_of('Model')}?depth=10",
    "lineage, a model, depth 30, not folded": lambda store: f"/lineage/{store.id_of('Model')}?depth=30&fold=none",
    "story of a model": lambda store: f"/lineage/{store.id_of('Model')}/story",
    "models that saw a span": lambda store: f"/lineage/{store.id_of('Examples')}/models",
}
"""In the order of the navigation."""
