"""Examples as `tf.data`: whole columns become tensors once, and a batch is a gather, never a tf.Example to parse.

Nothing here is imported by reading or writing examples; TensorFlow is imported where a dataset is made.
"""

from shipway.data.tensors.dataset import make_dataset
from shipway.data.tensors.options import RecordBatchesOptions, TensorFlowDatasetOptions
from shipway.data.tensors.record_batches import make_record_batches

__all__ = ["RecordBatchesOptions", "TensorFlowDatasetOptions", "make_dataset", "make_record_batches"]
