"""What a graph may not contain if a server is to run it.

A SavedModel is a program. Loading and calling it runs TensorFlow's ops and nothing else: layers, their Python code and
`keras_metadata.pb` are never read, and libraries of custom ops are not loaded. Among TensorFlow's own ops are some that
reach beyond the tensors of a request, and that a served model does not need; TensorFlow's security policy
(https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md) leaves it to whoever serves to keep them out:

- ops that call back into Python: they run a function by a number that means another one, or none, in this process;
- ops that read, list or write files by names that a tensor gives, so that a request could choose them;
- ops that talk to other servers, printing into a file, and ops of TensorFlow's debugger, which write tensors elsewhere.

They are refused wherever they stand, also where no signature reaches them. What a SavedModel needs for itself (saving
and restoring variables, reading vocabularies) is not refused: whoever exports a model is trusted that far, and the
digest tells whether a model is what was exported.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shipway.serving.runtimes.refusal import ModelRefused

PYTHON_OPS = frozenset({"PyFunc", "EagerPyFunc", "PyFuncStateless"})

FILE_OPS = frozenset({
    "ReadFile", "WriteFile", "MatchingFiles", "WholeFileReader", "WholeFileReaderV2", "TextLineReader",
    "TextLineReaderV2", "FixedLengthRecordReader", "FixedLengthRecordReaderV2", "TFRecordReader", "TFRecordReaderV2",
    "LMDBReader", "TextLineDataset", "TFRecordDataset", "TFRecordDatasetV2", "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2", "MatchingFilesDataset", "ExperimentalMatchingFilesDataset", "CSVDataset",
    "CSVDatasetV2", "ExperimentalCSVDataset", "SqlDataset", "ExperimentalSqlDataset", "SaveDataset", "SaveDatasetV2",
    "DistributedSave", "LoadDataset", "SnapshotDataset", "SnapshotDatasetV2", "SnapshotDatasetReader",
    "SnapshotNestedDatasetReader", "SnapshotChunkDataset", "ListSnapshotChunksDataset", "LoadAndRemapMatrix",
    "GenerateVocabRemapping", "CreateSummaryFileWriter", "CreateSummaryDbWriter", "DumpTensor",
    "FileSystemSetConfiguration",
})  # fmt: skip

NETWORK_OPS = frozenset({
    "RpcClient", "RpcCall", "RpcServer", "RpcServerRegister", "RpcServerStart", "DataServiceDataset",
    "DataServiceDatasetV2", "DataServiceDatasetV3", "DataServiceDatasetV4", "RegisterDataset", "RegisterDatasetV2",
})  # fmt: skip

DEBUG_OPS = frozenset({
    "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3", "DebugNanCount", "DebugNumericSummary",
    "DebugNumericSummaryV2",
})  # fmt: skip

PRINT_OP, PRINTS_INTO_FILE = "PrintV2", b"file://"

REASONS = {
    PYTHON_OPS: "calls Python code of the process that exported it: write it in TensorFlow's own ops",
    FILE_OPS: "reads or writes files by names that a request may choose: do it before the model, or export assets",
    NETWORK_OPS: "talks to other servers: ask them before the model",
    DEBUG_OPS: "belongs to TensorFlow's debugger, which sends what it sees elsewhere: export without it",
    frozenset({PRINT_OP}): "prints into a file: print to stderr",
}

REFUSED = frozenset().union(PYTHON_OPS, FILE_OPS, NETWORK_OPS, DEBUG_OPS)

NAMES = (PRINTS_INTO_FILE, *(name.encode() for name in sorted(REFUSED)))


class UnsafeGraph(ModelRefused):
    """A SavedModel that can do more than compute."""

    def __init__(self, path: Path, op: str, node: str) -> None:
        reason = next(reason for ops, reason in REASONS.items() if op in ops)
        super().__init__(f"The graph in {str(path)!r} has the op {op} (node {node!r}), which {reason}.")


def refuse_unsafe_ops(folder: Path) -> None:
    """Look at every node of the graphs and the functions of a SavedModel; raises `UnsafeGraph`.

    A graph in which none of the names occurs, as bytes, is not parsed: that takes long and would hold up a server.
    """
    path = folder / "saved_model.pb"
    content = path.read_bytes()
    if not any(name in content for name in NAMES):
        return
    for node in _nodes(content):
        if node.op in REFUSED or _prints_into_file(node):
            raise UnsafeGraph(path, node.op, node.name)


def _prints_into_file(node: Any) -> bool:
    return node.op == PRINT_OP and node.attr["output_stream"].s.startswith(PRINTS_INTO_FILE)


def _nodes(content: bytes) -> Iterator[Any]:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    for meta_graph in SavedModel.FromString(content).meta_graphs:
        yield from meta_graph.graph_def.node
        for function in meta_graph.graph_def.library.function:
            yield from function.node_def
