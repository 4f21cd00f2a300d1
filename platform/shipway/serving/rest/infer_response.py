"""The Open Inference Protocol's inference response: JSON, and behind it the tensors that were wanted in binary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from shipway.data.model.signature import Signature
from shipway.serving.faults import InvalidRequest
from shipway.serving.open_inference.datatypes import DATATYPES
from shipway.serving.open_inference.raw_tensors import write_raw
from shipway.serving.rest.infer_request import BadInfer, parameters_of
from shipway.serving.rest.json_body import quoted

Wanted = Mapping[str, bool]
"""The outputs to answer with, and whether in binary."""


class NotInJson(InvalidRequest):
    """An output that JSON cannot carry."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"The output {name!r} is {what}, which JSON cannot carry: ask for it with 'binary_data'.")


def wanted_outputs(request: Mapping[str, Any], signature: Signature) -> Wanted:
    """What a request wants, all outputs by default; raises `BadInfer`."""
    by_default = _flag(parameters_of(request), "binary_data_output", False)
    asked = request.get("outputs")
    if asked is None or asked == []:
        return dict.fromkeys(signature.outputs, by_default)
    if type(asked) is not list:
        raise BadInfer(f"'outputs' is {quoted(asked)}: send a list of objects with a name, or leave it out.")
    wanted: dict[str, bool] = {}
    for output in asked:
        name = output.get("name") if type(output) is dict else None
        if type(name) is not str or name not in signature.outputs or name in wanted:
            names = ", ".join(sorted(signature.outputs))
            raise BadInfer(f"The output {quoted(name or output)} cannot be given: ask for each of {names} once.")
        wanted[name] = _flag(parameters_of(output), "binary_data", by_default)
    return wanted


def write_infer(head: dict[str, Any], outputs: Mapping[str, np.ndarray], wanted: Wanted) -> tuple[bytes, int | None]:
    """The response's body, and the length of its JSON where raw tensors follow it.

    Args:
        head: the model's name and version, and the id.

    Raises:
        InvalidRequest: an output cannot be written as it is wanted.
    """
    tensors, raw = [], []
    for name, in_binary in wanted.items():
        array = np.asarray(outputs[name])
        tensor: dict[str, Any] = {"name": name, "datatype": _datatype(name, array), "shape": array.shape}
        if in_binary:
            raw.append(write_raw(array))
            tensor["parameters"] = {"binary_data_size": len(raw[-1])}
        else:
            tensor["data"] = _plain(name, array)
        tensors.append(tensor)
    text = orjson.dumps({**head, "outputs": tensors}, option=orjson.OPT_SERIALIZE_NUMPY)
    if not raw:
        return text, None
    return b"".join([text, *raw]), len(text)


def _datatype(name: str, array: np.ndarray) -> str:
    datatype = "BYTES" if array.dtype.kind in "OSU" else DATATYPES.get(array.dtype.name)
    if datatype is None:
        raise InvalidRequest(
            f"The output {name!r} is {array.dtype.name}, which the Open Inference Protocol has no datatype for: leave "
            "it out of 'outputs'."
        )
    return datatype


def _plain(name: str, array: np.ndarray) -> Any:
    """Elements in row-major order; NaN and infinities become null, as JSON has no word for them."""
    if array.dtype.kind not in "OSU":
        if array.dtype == np.float16:
            raise NotInJson(name, "FP16")
        return array.reshape(-1)
    try:
        return [value.decode() if isinstance(value, bytes) else str(value) for value in array.reshape(-1).tolist()]
    except UnicodeDecodeError as error:
        raise NotInJson(name, "BYTES that are no UTF-8") from error


def _flag(parameters: Mapping[str, Any], name: str, by_default: bool) -> bool:
    value = parameters.get(name, by_default)
    if type(value) is not bool:
        raise BadInfer(f"The parameter {name!r} is {quoted(value)}: send true or false.")
    return value
