"""A SavedModel as a function of columnar batches.

The model is loaded into a session, as TensorFlow Serving loads it: that is quicker to load and to call than restoring
Python functions, and it shows that the model is servable. What a session cannot load or run (Keras 3 models that
`tf.saved_model.save` wrote have no variables there) is called eagerly.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from shipway.data.model.feed import feed_array
from shipway.data.model.loading import AS_SERVED, Caller, Feed, LoadingOptions, load_eagerly, load_in_session
from shipway.data.model.signature import PREDICT_FEATURES, SERVING_DEFAULT, Signature
from shipway.errors import InputError


class ModelUnloadable(InputError):
    """TensorFlow cannot load the folder as a SavedModel."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The model in {str(path)!r} cannot be loaded ({reason}): it must be a SavedModel for serving, as "
            "shipway_components.trainer.export_model and keras.export.ExportArchive write it."
        )


class UnknownSignature(InputError):
    """The model has no such signature."""

    def __init__(self, name: str, names: Iterable[str]) -> None:
        super().__init__(f"The model has no signature {name!r}: it has {', '.join(sorted(names)) or 'none'}.")


class RowsLost(InputError):
    """An output's first dimension is not the batch."""

    def __init__(self, output: str, shape: tuple[int, ...], rows: int) -> None:
        super().__init__(
            f"The model's output {output!r} has shape {list(shape)} for {rows} rows: "
            "its first dimension must be the batch."
        )


class ServingModel:
    """A loaded model: `predict` maps a batch of raw examples to the arrays that one signature gives."""

    def __init__(
        self,
        path: Path,
        signatures: dict[str, Signature],
        caller: Caller,
        options: LoadingOptions,
        *,
        in_session: bool,
        session_only: bool,
    ) -> None:
        self.path = path
        self.signatures = signatures
        self.in_session = in_session
        self._options = options
        self._may_fall_back = in_session and not session_only
        self._falling_back = threading.Lock()
        self._caller = caller

    @classmethod
    def load(cls, path: Path, *, session_only: bool = False, options: LoadingOptions = AS_SERVED) -> ServingModel:
        """Load the SavedModel in `path`.

        Args:
            path: folder that holds `saved_model.pb`.
            session_only: fail, now or in a call, instead of falling back to eager calls.
            options: which graph of it, and TensorFlow's own options.

        Raises:
            ModelUnloadable: no SavedModel there, or TensorFlow refuses it.
        """
        session_only = session_only or options.session_only
        if not (path / "saved_model.pb").is_file():
            raise ModelUnloadable(path, "there is no saved_model.pb")
        try:
            loaded = load_in_session(path, options)
            return cls(path, *loaded, options, in_session=True, session_only=session_only)
        except Exception as error:
            if session_only:
                raise ModelUnloadable(path, first_line(error)) from error
        try:
            return cls(path, *load_eagerly(path, options), options, in_session=False, session_only=False)
        except Exception as error:
            raise ModelUnloadable(path, first_line(error)) from error

    def signature(self, name: str = "") -> Signature:
        """The signature called `name`, or the one that `predict` chooses; raises `UnknownSignature`."""
        if name:
            if name not in self.signatures:
                raise UnknownSignature(name, self.signatures)
            return self.signatures[name]
        for preferred in (PREDICT_FEATURES, SERVING_DEFAULT):
            if preferred in self.signatures:
                return self.signatures[preferred]
        if len(self.signatures) == 1:
            return next(iter(self.signatures.values()))
        raise UnknownSignature(SERVING_DEFAULT, self.signatures)

    def call(self, feed: Feed, signature: str = "") -> dict[str, np.ndarray]:
        """Run a signature on arrays by input name, as they are; raises what TensorFlow raises."""
        chosen = self.signature(signature)
        caller = self._caller
        try:
            return caller(chosen, feed)
        except Exception as error:
            if not self._has_other_way(caller, error):
                raise
        return self._caller(chosen, feed)

    def close(self) -> None:
        """Free what the model holds; no call is under way."""
        self._may_fall_back = False
        self._caller.close()

    def _has_other_way(self, failed: Caller, error: Exception) -> bool:
        """Whether the model is called eagerly now because a session cannot run what `failed` was called for.

        Calls that another thread has under way in the session end there: it goes when the last of them has ended.
        """
        from tensorflow.errors import FailedPreconditionError

        if not isinstance(error, FailedPreconditionError):
            return False
        with self._falling_back:
            if self._caller is failed and self._may_fall_back:
                self._may_fall_back = False
                try:
                    _, self._caller = load_eagerly(self.path, self._options)
                except Exception:
                    return False  # the session's own error says more
                self.in_session = False
            return self._caller is not failed

    def predict(self, batch: pa.RecordBatch, signature: str = "") -> dict[str, np.ndarray]:
        """Outputs by name, each with one entry a row.

        A signature of named features is fed column by column; one of serialized tf.Examples gets the rows encoded.

        Raises:
            UnknownSignature: no such signature.
            FeatureAbsent, FeatureUnfit: a column is not there or does not convert.
            RowsLost: an output is not batch-first.
        """
        chosen = self.signature(signature)
        outputs = self.call(feed_of(chosen, batch), chosen.name)
        for name, values in outputs.items():
            if np.ndim(values) == 0 or values.shape[0] != batch.num_rows:
                raise RowsLost(name, np.shape(values), batch.num_rows)
        return outputs


def feed_of(signature: Signature, batch: pa.RecordBatch) -> dict[str, np.ndarray]:
    """The arrays that `signature` takes for the rows of `batch`."""
    if signature.takes_examples:
        from shipway.data.example_coder import encode_examples

        (name,) = signature.inputs
        return {name: np.array(encode_examples(batch), dtype=object)}
    return {name: feed_array(batch, spec) for name, spec in signature.inputs.items()}


def predict_batches(
    model_path: Path, batches: Iterable[pa.RecordBatch], signature: str = ""
) -> Iterator[tuple[pa.RecordBatch, dict[str, np.ndarray]]]:
    """Each batch with the model's outputs for it; the model is loaded once."""
    model = ServingModel.load(model_path)
    for batch in batches:
        yield batch, model.predict(batch, signature)


def first_line(error: Exception) -> str:
    """An exception in one line: TensorFlow's run over many."""
    text = (getattr(error, "message", "") or str(error)).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:300]}" if text else type(error).__name__
