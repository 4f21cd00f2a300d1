"""What module files written for TFX import, under TFX's own names: change the import lines and nothing else.

from tfx import v1 as tfx                                 ->  from shipway_components.trainer.tfx_names import tfx
from tfx.components.trainer.fn_args_utils import FnArgs   ->  from shipway_components.trainer import FnArgs
from tfx_bsl.public import tfxio                          ->  the same, or
                                                              from shipway_components.trainer.tfx_names import tfxio
from tfx_bsl.tfxio import dataset_options                 ->  the same, or ... import dataset_options
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from shipway_components.trainer.fn_args import DataAccessor, FnArgs, RecordBatchesOptions, TensorFlowDatasetOptions


def parse_pbtxt_file(file_name: str, message: Any) -> Any:
    """Fill a protobuf message from a text file, as `tfx.utils.parse_pbtxt_file` does; returns the message."""
    from google.protobuf import text_format

    return text_format.Parse(Path(file_name).read_text(), message)


tfx = SimpleNamespace(
    components=SimpleNamespace(FnArgs=FnArgs, DataAccessor=DataAccessor),
    utils=SimpleNamespace(parse_pbtxt_file=parse_pbtxt_file),
)
tfxio = SimpleNamespace(TensorFlowDatasetOptions=TensorFlowDatasetOptions, RecordBatchesOptions=RecordBatchesOptions)
dataset_options = tfxio
