"""PredictRequests read, and PredictResponses written, for one signature; made once for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tensorflow_serving.apis.predict_pb2 import PredictResponse

from shipway.data.model.signature import Signature
from shipway.serving.call import Answer, Call, Feed
from shipway.serving.faults import InvalidRequest
from shipway.serving.grpc.model_spec import write_spec
from shipway.serving.grpc.tensor_decoding import TensorDecoder
from shipway.serving.grpc.tensor_encoding import write_tensor


class WrongInputs(InvalidRequest):
    """Inputs that are not those of the signature."""

    def __init__(self, sent: Iterable[str], wanted: Iterable[str]) -> None:
        names, known = set(sent), set(wanted)
        super().__init__(
            f"input size does not match signature: {len(names)}!={len(known)}. Sent extra: "
            f"{{{','.join(sorted(names - known))}}}. Missing but required: {{{','.join(sorted(known - names))}}}."
        )


class WrongOutputFilter(InvalidRequest):
    """An output_filter that the signature cannot meet."""

    def __init__(self, alias: str, known: Iterable[str], *, is_known: bool) -> None:
        problem = "duplicate output tensor alias" if is_known else "output tensor alias not found in signature"
        super().__init__(
            f"{problem}: {alias}. Outputs expected to be in the set {{{','.join(sorted(known))}}}, each once."
        )


class PredictCodec:
    """Attributes: `signature`, and what `read` and `write` need.

    Args:
        largest_fill: bytes up to which all inputs together may be filled up; each has an equal share (`TensorDecoder`).
    """

    def __init__(self, signature: Signature, largest_fill: int, *, as_content: bool) -> None:
        self.signature = signature
        share = largest_fill // max(1, len(signature.inputs))
        self._decoders = [(name, TensorDecoder(spec, share)) for name, spec in signature.inputs.items()]
        self._as_content = as_content

    def read(self, inputs: Any) -> Feed:
        """The inputs of a request.

        Args:
            inputs: the map of TensorProtos.

        Raises:
            WrongInputs: too few, too many, or others.
            InvalidRequest: one that the signature does not take.
        """
        decoders = self._decoders
        if len(inputs) != len(decoders):
            raise WrongInputs(inputs, self.signature.inputs)
        feed = {}
        for name, decoder in decoders:
            tensor = inputs.get(name)
            if tensor is None:
                raise WrongInputs(inputs, self.signature.inputs)
            feed[name] = decoder.read(tensor)
        return feed

    def chosen_outputs(self, output_filter: Any) -> list[str]:
        """The outputs to answer with: those of the filter, or all; raises `WrongOutputFilter`."""
        outputs = self.signature.outputs
        if not output_filter:
            return list(outputs)
        chosen: list[str] = []
        for alias in output_filter:
            if alias not in outputs or alias in chosen:
                raise WrongOutputFilter(alias, outputs, is_known=alias in outputs)
            chosen.append(alias)
        return chosen

    def write(self, call: Call, answer: Answer, chosen: list[str]) -> bytes:
        """The serialized response; raises `Unsupported` for an output that cannot be written."""
        response = PredictResponse()
        write_spec(response.model_spec, call.servable.name, call.servable.version, self.signature.name)
        arrays, outputs = answer.arrays(), response.outputs
        for name in chosen:
            write_tensor(arrays[name], outputs[name], as_content=self._as_content)
        message: bytes = response.SerializeToString()
        return message
