"""Pushed models: when a pipeline last pushed one, and how old that model is."""

from __future__ import annotations

from shipway.exporter.sheet import Sheet
from shipway.exporter.subject import Made
from shipway.lineage import RecordedArtifact
from shipway.lineage.artifact_uses import MODEL_KEY
from shipway.lineage.pushes import was_pushed

MODEL, PUSHED_MODEL = "Model", "PushedModel"


class Pushes:
    """The last push of each pipeline; what the Pusher refused to push is none."""

    def __init__(self) -> None:
        self._trained_ms: dict[int, int] = {}
        self._last: dict[str, tuple[RecordedArtifact, int | None]] = {}

    def made(self, made: Made) -> None:
        if not made.is_new:
            return
        if made.artifact.type_name == MODEL:
            self._trained_ms[made.artifact.id] = made.artifact.created_ms
        elif made.artifact.type_name == PUSHED_MODEL and was_pushed(made.artifact):
            models = made.input_ids.get(MODEL_KEY, ())
            self._last[made.pipeline] = (made.artifact, models[0] if models else None)

    def altered(self, artifact: RecordedArtifact) -> None:
        """A model was pushed, whatever becomes of it."""

    def write(self, sheet: Sheet) -> None:
        for pipeline, (pushed, model_id) in self._last.items():
            sheet.add("shipway_model_last_push_timestamp_seconds", (pipeline,), pushed.created_ms / 1000)
            trained_ms = self._trained_ms.get(model_id) if model_id is not None else None
            if trained_ms is not None:
                sheet.add("shipway_served_model_created_timestamp_seconds", (pipeline,), trained_ms / 1000)
