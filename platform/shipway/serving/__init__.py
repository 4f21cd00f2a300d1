"""The model server: a serving core that knows tensors and versions, and thin transports (REST, gRPC) in front of it.

The core (`plane`) finds the version that a request is for, gathers requests into batches, runs the model and keeps
account; it knows neither HTTP nor gRPC. Everything runs in one event loop, except model calls that take long and the
loading of versions.
"""
