"""Examples as `tf.data`: whole columns become tensors once, and a batch is a gather, never a tf.Example to parse.

Only the options are imported here, since steps' declarations need them; `dataset.make_dataset` and
`record_batches.make_record_batches` do the work.
"""

from shipway.data.tensors.options import RecordBatchesOptions, TensorFlowDatasetOptions

__all__ = ["RecordBatchesOptions", "TensorFlowDatasetOptions"]
