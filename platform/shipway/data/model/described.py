"""Signatures as a server describes them, for whoever makes inputs for a model that is not loaded here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shipway.data.model.signature import Signature, TensorSpec

if TYPE_CHECKING:
    from shipway.client import SignatureMetadata


def described_signature(told: SignatureMetadata) -> Signature:
    """The signature that a server's metadata tells, as that of a loaded model."""
    inputs, outputs = (
        {one.name: TensorSpec(one.name, one.dtype, one.shape) for one in tensors.values()}
        for tensors in (told.inputs, told.outputs)
    )
    return Signature(told.name, inputs, outputs)
