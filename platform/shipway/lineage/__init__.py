"""Lineage: which step made what from what. The only package that talks ML Metadata.

Writing, one call per transition of a task (`shipway.lineage.recorder`)::

    lineage = Lineage.open(home / "metadata.db")          # create=True; EnvironmentFault: corrupt, unwritable
    task = TaskIdentity(pipeline, run_id, task, step)
    execution_id = lineage.begin(task, inputs, parameters, cache_key)            # RUNNING
    lineage.complete(execution_id, outputs, output_parameters)                   # COMPLETE, outputs LIVE, one transaction
    lineage.fail(execution_id, sentence) / lineage.cancel(execution_id, sentence="")
    lineage.cached(task, inputs, parameters, outputs, cache_key, output_parameters={})   # CACHED, linked to the old artifacts
    lineage.record_import(task, artifact)                 # an importer node: COMPLETE, output key "artifact"
    lineage.queries()                                     # LineageQueries over the same connection
    lineage.close()

`inputs` and `outputs` map a key to a sequence of `ArtifactRecord`. An artifact is found again by its URI and digest, and
recorded when the store has never seen it. `begin` on a task that a killed process left RUNNING marks that one FAILED.
One `Lineage` serves one thread; open it after a fork, never across one.

Reading (`shipway.lineage.queries`), `LineageQueries.open(path)` or `lineage.queries()`::

    runs() run(run_id) artifacts(type_name=None, limit=None) artifact(id) artifact_by_uri(uri)
    latest_artifact(type_name, pipeline=None, exclude_digest=None)
    latest_blessed_model(pipeline=None, exclude_digest=None)
    artifacts_in_span_range(type_name, first, last, pipeline=None)
    upstream(artifact_id, depth=None) downstream(artifact_id, depth=None) models_that_saw(artifact_id)
    artifacts_protected_by_pushed_models()                # -> set of URIs

What a task leaves in the store: contexts `pipeline`, `pipeline_run` and `node` (named `<pipeline>.<task>`) as TFX writes
them; an execution whose type is the step's reference, as TFX's is the component's class path, with the properties
`pipeline_name`, `run_id`, `component_id`, `cache_key` and `error`, its parameters as custom properties and what it
returned under `output:<name>`; events with the path `[key, index]`.
"""
