"""Runs Beam pipelines in this process, in memory, without coders, bundles or workers.

TF Transform and TF Model Analysis express their work as Beam pipelines. On one machine what Beam's own runner spends is
mostly encoding, decoding and bundling; here each element is handed from function to function as the object it is.
Importing this package imports Apache Beam.
"""

from shipway.data.beam.by_reference import ByReference, LocalFunction
from shipway.data.beam.pipeline import eager_pipeline
from shipway.data.beam.refusals import CannotRunEagerly
from shipway.data.beam.runner import EagerRunner
from shipway.data.beam.source import FromIterable

__all__ = ["ByReference", "CannotRunEagerly", "EagerRunner", "FromIterable", "LocalFunction", "eager_pipeline"]
