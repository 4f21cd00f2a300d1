"""What lineage says of served models: which model a version is, where it was pushed from, and how old it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shipway.dashboards.runs.reading import Queries
from shipway.errors import EnvironmentFault
from shipway.lineage import LineageQueries
from shipway.lineage.faults import MissingStore
from shipway.lineage.pushes import Push, newest_pushes

MOST_PUSHES = 200


@dataclass(frozen=True)
class Pushed:
    """The newest pushes, the newest first; `problem` says why there are none, "" where lineage was read."""

    pushes: Sequence[Push] = ()
    problem: str = ""
    by_version: dict[tuple[str, str], Push] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for push in reversed(self.pushes):
            self.by_version[push.model_name, push.version] = push

    def of(self, model: str, version: str) -> Push | None:
        """The push that put a version there: of the same name, which is the last part of where it was pushed to."""
        return self.by_version.get((model, version))

    def of_model(self, model: str) -> list[Push]:
        return [one for one in self.pushes if one.model_name == model]

    def newest_of_pipelines(self) -> list[Push]:
        """The newest push of each pipeline to each destination."""
        found: dict[tuple[str, str], Push] = {}
        for push in self.pushes:
            found.setdefault((push.pipeline, push.destination), push)
        return list(found.values())


class PushReader:
    """Reads what lineage knows of pushes, and each push once."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._known: tuple[LineageQueries | None, Mapping[int, Push]] = (None, {})

    def read(self) -> Pushed:
        """The newest pushes; a store that cannot be read leaves the rest of the page."""
        try:
            queries = self._queries()
            store, known = self._known
            pushes = newest_pushes(queries.service, MOST_PUSHES, known if store is queries else {})
        except MissingStore:
            return Pushed()
        except EnvironmentFault as fault:
            return Pushed(problem=f"Lineage cannot be read: {fault}")
        self._known = queries, {one.pushed.id: one for one in pushes}
        return Pushed(pushes)
