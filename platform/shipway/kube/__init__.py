"""The only code that talks to Kubernetes, to Kubeflow Pipelines' API and to KServe.

Their clients take a second or more to import, so they are imported inside functions.
"""
