"""Signatures out of a saved_model.pb, without TensorFlow and with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from shipway.data.model.saved_signatures import UnreadableSignatures, read_saved_signatures


def field(number: int, content: bytes) -> bytes:
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def tensor(name: str, dtype: int, *sizes: int) -> bytes:
    dims = b"".join(field(2, b"\x08" + varint(size)) for size in sizes)
    return field(1, name.encode()) + bytes([2 << 3, dtype]) + field(3, dims)


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def saved(signatures: bytes) -> bytes:
    graph = field(2, b"\x0a\x00") + signatures
    return b"\x08\x01" + field(2, graph)


def entry(number: int, key: str, value: bytes) -> bytes:
    return field(number, field(1, key.encode()) + field(2, value))


def test_what_it_takes_and_gives(tmp_path: Path) -> None:
    signature = entry(1, "x", tensor("x:0", 1, -1, 3)) + entry(2, "y", tensor("y:0", 7)) + field(3, b"predict")
    path = tmp_path / "saved_model.pb"
    path.write_bytes(saved(entry(5, "serving", signature) + entry(5, "__saved_model_init_op", b"")))
    ((name, found),) = read_saved_signatures(path).items()
    assert (name, found.method) == ("serving", "predict")
    assert {key: str(spec) for key, spec in found.inputs.items()} == {"x": "float32[?, 3]"}
    assert {key: str(spec) for key, spec in found.outputs.items()} == {"y": "string[]"}


def test_shapes_and_types_that_are_not_known(tmp_path: Path) -> None:
    unknown = field(1, b"z:0") + bytes([2 << 3, 99]) + field(3, b"\x18\x01")
    path = tmp_path / "saved_model.pb"
    path.write_bytes(saved(entry(5, "s", entry(1, "z", unknown))))
    (found,) = read_saved_signatures(path).values()
    assert str(found.inputs["z"]) == "type 99 of any shape"
    assert found.outputs == {}


@pytest.mark.parametrize("content", [b"\xff" * 40, b"\x12\x7f\x00", b"\x12\x02\x2a", b"\x10\x01\x13", b"\x12"])
def test_what_is_no_saved_model(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "saved_model.pb"
    path.write_bytes(content)
    with pytest.raises(UnreadableSignatures, match="is no SavedModel"):
        read_saved_signatures(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSignatures, match="No such file"):
        read_saved_signatures(tmp_path / "saved_model.pb")


@pytest.mark.tensorflow
def test_tensorflow_reads_the_same(tmp_path: Path) -> None:
    import tensorflow as tf
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    from shipway.data.model.signature import read_signatures

    module = tf.Module()
    inputs = {"a": tf.TensorSpec([None, 2], tf.float32), "text": tf.TensorSpec(None, tf.string)}
    called = tf.function(lambda a, text: {"sum": tf.reduce_sum(a, 1), "same": text}).get_concrete_function(**inputs)
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": called})
    path = tmp_path / "saved_model.pb"
    (graph,) = SavedModel.FromString(path.read_bytes()).meta_graphs
    assert read_saved_signatures(path) == read_signatures(graph)
