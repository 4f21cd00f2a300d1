"""TensorProtos of every dtype and form mean here what they mean to TensorFlow."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipway.data.model.signature import Signature, TensorSpec
from shipway.serving.faults import InvalidRequest, Unsupported

pytestmark = pytest.mark.tensorflow

DTYPES = ["float32", "float64", "float16", "bfloat16", "complex64", "complex128", "bool", "string"]
DTYPES += [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
LARGEST_FILL = 1000


@cache
def decoder(dtype, shape=None):
    from shipway.serving.grpc.tensor_decoding import TensorDecoder

    return TensorDecoder(TensorSpec("x", dtype, shape), LARGEST_FILL)


def decoded(tensor, dtype, shape=None):
    from shipway.serving.grpc.tensor_types import BY_NAME

    column = decoder(dtype, shape).read(tensor)
    return np.array(column, BY_NAME[dtype].numpy_dtype) if isinstance(column, list) else column


def encoded(array, **keywords):
    from tensorflow.core.framework.tensor_pb2 import TensorProto

    from shipway.serving.grpc.tensor_encoding import write_tensor

    tensor = TensorProto()
    write_tensor(array, tensor, **keywords)
    return TensorProto.FromString(tensor.SerializeToString())


def tensor(dtype, sizes, **fields):
    from tensorflow.core.framework.tensor_pb2 import TensorProto

    from shipway.serving.grpc.tensor_types import BY_NAME

    made = TensorProto(dtype=BY_NAME[dtype].number if dtype in BY_NAME else dtype, **fields)
    for size in sizes:
        made.tensor_shape.dim.add(size=size)
    return made


def as_tensorflow_reads(tensor, dtype):
    import tensorflow as tf

    return tf.io.parse_tensor(tensor.SerializeToString(), dtype).numpy()


def same(left, right):
    assert left.dtype == right.dtype
    assert left.shape == right.shape
    assert left.tobytes() == right.tobytes() if left.dtype.kind != "O" else left.tolist() == right.tolist()


@st.composite
def arrays(draw):
    """An array of any dtype, its bytes at random: NaN, infinities and the ends of ranges are among them."""
    from shipway.serving.grpc.tensor_types import BY_NAME

    dtype = draw(st.sampled_from(DTYPES))
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=3)))
    count = int(np.prod(shape, dtype=int))
    if dtype == "string":
        values = draw(st.lists(st.binary(max_size=300), min_size=count, max_size=count))
        array = np.empty(count, object)
        array[:] = values
    elif dtype == "bool":
        array = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool)
    else:
        kind = BY_NAME[dtype].numpy_dtype
        size = count * kind.itemsize
        array = np.frombuffer(draw(st.binary(min_size=size, max_size=size)), kind)
    return dtype, array.reshape(shape)


def test_inputs_share_what_may_be_filled_up():
    from tensorflow.core.framework.tensor_pb2 import TensorProto

    from shipway.serving.grpc.predict_codec import PredictCodec

    specs = {name: TensorSpec(name, "float32", (None,)) for name in ("a", "b")}
    codec = PredictCodec(Signature("s", specs, {}), LARGEST_FILL, as_content=False)

    def read(size):
        tensor = TensorProto(dtype=1, float_val=[1.0])
        tensor.tensor_shape.dim.add(size=size)
        return codec.read({"a": tensor, "b": tensor})

    assert len(read(LARGEST_FILL // 8)["b"]) == LARGEST_FILL // 8
    with pytest.raises(InvalidRequest, match="too large to fill up"):
        read(LARGEST_FILL // 4)


@settings(deadline=None, max_examples=150)
@given(arrays())
def test_every_tensor_of_tensorflows_is_read(made):
    import tensorflow as tf

    dtype, array = made
    signalling = array.dtype.kind in "fcV"
    expected = array if not signalling else np.where(np.isnan(array), np.zeros((), array.dtype), array)
    expected = expected.astype(array.dtype)
    same(decoded(tf.make_tensor_proto(expected, dtype), dtype), expected)


@settings(deadline=None, max_examples=150)
@given(arrays(), st.booleans())
def test_every_output_is_read_by_tensorflow(made, as_content):
    dtype, array = made
    written = encoded(array, as_content=as_content)
    same(np.asarray(as_tensorflow_reads(written, dtype), array.dtype), array)
    same(decoded(written, dtype), array)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_typed_field_is_read(dtype):
    array = np.array([1, 0, 1]).astype(bool).astype(decoder(dtype)._dtype if dtype != "string" else bool)
    if dtype == "string":
        array = np.array([b"a", b"", b"c"], object)
    same(decoded(encoded(array), dtype), array)
    same(decoded(encoded(array), dtype, (None,)), array)


@pytest.mark.parametrize("dtype", [name for name in DTYPES if not name.startswith("complex")])
@pytest.mark.parametrize("given_values", [0, 1, 2])
def test_what_is_left_out_is_the_last_value_or_zero(dtype, given_values):
    from shipway.serving.grpc.tensor_types import BY_NAME

    values = ([b"p", b"q"] if dtype == "string" else [True, True] if dtype == "bool" else [2, 1])[:given_values]
    short = tensor(dtype, [2, 2], **{BY_NAME[dtype].field: values})
    same(decoded(short, dtype), np.asarray(as_tensorflow_reads(short, dtype), BY_NAME[dtype].numpy_dtype))


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_left_out_complex_numbers_are_the_last_one(dtype):
    from shipway.serving.grpc.tensor_types import BY_NAME

    short = tensor(dtype, [3], **{BY_NAME[dtype].field: [1.0, 2.0]})
    assert decoded(short, dtype).tolist() == [1 + 2j] * 3


def test_a_vector_of_plain_values_stays_a_list():
    assert decoder("float32", (None,)).read(tensor("float32", [2], float_val=[1.5, 2.5])) == [1.5, 2.5]
    assert decoder("string").read(tensor("string", [1], string_val=[b"\xff"])) == [b"\xff"]


def test_strings_in_tensor_content_are_read_as_tensorflow_writes_them():
    long = b"x" * 200
    content = b"\x01\xc8\x01\x00" + b"a" + long
    made = tensor("string", [3], tensor_content=content)
    assert decoded(made, "string").tolist() == [b"a", long, b""]
    assert as_tensorflow_reads(made, "string").tolist() == [b"a", long, b""]


def test_any_byte_but_zero_is_true():
    assert decoded(tensor("bool", [3], tensor_content=b"\0\1\2"), "bool").tolist() == [False, True, True]


def unknown_rank():
    made = tensor("float32", [], float_val=[1.0])
    made.tensor_shape.unknown_rank = True
    return made


@pytest.mark.parametrize(
    ("make", "dtype", "sentence"),
    [
        (lambda: tensor(0, [1]), "float32", "takes float32 and was sent as no dtype"),
        (lambda: tensor(11, [1]), "float32", "was sent as tensorflow.DataType 11"),
        (lambda: tensor(4711, [1]), "float32", "was sent as tensorflow.DataType 4711"),
        (lambda: tensor("int32", [1]), "float32", "was sent as int32"),
        (unknown_rank, "float32", "has a shape of unknown rank"),
        (lambda: tensor("float32", [-1], float_val=[1]), "float32", "has a shape with a negative size"),
        (lambda: tensor("float32", [1], float_val=[1, 2]), "float32", r"has 2 values and its shape \[1\] takes 1"),
        (lambda: tensor("float32", [2**62], float_val=[1]), "float32", "has the shape"),
        (lambda: tensor("float32", [2**40], float_val=[1]), "float32", "too large to fill up: send all 1099511627776"),
        (lambda: tensor("float32", [2**62, 0]), "float32", "has the shape"),
        (lambda: tensor("float32", [1] * 40, float_val=[1]), "float32", "has the shape"),
        (lambda: tensor("float32", [2], tensor_content=b"123"), "float32", "3 bytes of tensor_content and its shape"),
        (lambda: tensor("int8", [1], int_val=[200]), "int8", "has the value 200, which int8 cannot hold"),
        (lambda: tensor("uint16", [1], int_val=[-1]), "uint16", "has the value -1, which uint16 cannot hold"),
        (lambda: tensor("float16", [1], half_val=[70000]), "float16", "has the value 70000"),
        (
            lambda: tensor("complex64", [1], scomplex_val=[1]),
            "complex64",
            "1 numbers in scomplex_val, which holds pair",
        ),
        (lambda: tensor("string", [2], tensor_content=b"\x01a"), "string", "bytes of strings and tells|fewer than 2"),
        (lambda: tensor("string", [1], tensor_content=b"\xff" * 12), "string", "fewer than 1 strings"),
        (lambda: tensor("string", [1], tensor_content=b"\x05ab"), "string", "has 2 bytes of strings and tells 5"),
    ],
)
def test_what_is_no_tensor_of_the_signature_is_told(make, dtype, sentence):
    with pytest.raises(InvalidRequest, match=sentence):
        decoded(make(), dtype)


def test_sizes_that_the_signature_fixes_are_checked():
    with pytest.raises(InvalidRequest, match=r"has the shape \[3\] and the signature takes float32\[2\]"):
        decoded(tensor("float32", [3], float_val=[1, 2, 3]), "float32", (2,))


def test_an_output_that_no_field_holds_is_told():
    with pytest.raises(Unsupported, match="an output of datetime64"):
        encoded(np.zeros(1, "datetime64[s]"))


def test_text_outputs_of_numpy_are_bytes():
    assert list(encoded(np.array(["é", "x"])).string_val) == ["é".encode(), b"x"]
