"""Kubeflow Pipelines: uploading, running, scheduling, watching and ending pipelines in a cluster.

All of it goes over the client that `kfp.Client` itself is made of, `kfp_server_api`: the same calls and models without
what the upper half adds, which is an import of the whole SDK (seconds instead of tenths), prints, links for notebooks,
a file below `~/.config`, and five attempts at a server that is not there.

    api = connect(settings.cluster)
    version = upload(api, Package(name, documents))
    run = create_run(api, RunRequest(version, parameters))
    run, tasks = read_run(api, run.run_id)

What a run's tasks did is read from the workflow that ran them: it knows which were cached, which pods worked on them,
and what became of those.
"""
