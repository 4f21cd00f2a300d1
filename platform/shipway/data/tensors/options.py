"""How a dataset is batched, shuffled and repeated: the names and defaults of tfx_bsl's options, without its imports.

tfx_bsl's own option tuples are taken wherever these are: only the attributes count.
"""

from __future__ import annotations

from typing import NamedTuple

AUTOTUNE = -1


class TensorFlowDatasetOptions(NamedTuple):
    """Counterpart of `tfx_bsl.public.tfxio.TensorFlowDatasetOptions`.

    `num_epochs` of None repeats for ever, and then the final batch of less than `batch_size` is always dropped, as in
    TFX. `shuffle_buffer_size` counts for TFRecord payloads alone: Parquet examples are shuffled as a whole. The numbers
    of threads and `sloppy_ordering` are accepted for the sake of module files and change nothing: there is no parsing
    to spread over threads.
    """

    batch_size: int
    drop_final_batch: bool = False
    num_epochs: int | None = None
    shuffle: bool = True
    shuffle_buffer_size: int = 10000
    shuffle_seed: int | None = None
    prefetch_buffer_size: int = AUTOTUNE
    reader_num_threads: int = AUTOTUNE
    parser_num_threads: int = AUTOTUNE
    sloppy_ordering: bool = False
    label_key: str | None = None


class RecordBatchesOptions(NamedTuple):
    """Counterpart of `tfx_bsl.public.tfxio.RecordBatchesOptions`."""

    batch_size: int
    drop_final_batch: bool = False
    num_epochs: int | None = None
    shuffle: bool = True
    shuffle_buffer_size: int = 10000
    shuffle_seed: int | None = None
