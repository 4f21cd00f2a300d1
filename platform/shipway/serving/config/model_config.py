"""The models to serve, from TensorFlow Serving's `ModelServerConfig`: a file, a text, or the message of a request.

The file is protobuf's text format::

    model_config_list {
      config {
        name: "flights"
        base_path: "/models/flights"          # the folder that holds 1/, 2/, ...
        model_platform: "tensorflow"          # may be left away: it is seen from the files
        model_version_policy { latest { num_versions: 2 } }      # or all {}, or specific { versions: 3 versions: 4 }
        version_labels { key: "stable" value: 3 }
        logging_config { sampling_config { sampling_rate: 0.1 } }  # no effect here, and said to have none
      }
    }

A file that says nothing at all changes nothing; an empty `model_config_list {}` means no models. Unlike there, a base
path may be relative (to the current folder), and a model may do without a platform.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shipway.artifacts.storage import MOUNTS, UnknownScheme, local_path
from shipway.errors import InputError, UsageError
from shipway.serving.config.options import ServerOptions
from shipway.serving.config.text_proto import BrokenTextProto, parse_text_proto, place_of, read_text
from shipway.serving.config.version_policy import VersionPolicy

WHAT = "model config"
TENSORFLOW = "tensorflow"

log = logging.getLogger(__name__)


class InvalidModelConfig(InputError):
    """A model configuration that cannot be served."""

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        super().__init__(f"{where[0].upper()}{where[1:]} {problem}: {remedy}.")


class NoModelNamed(UsageError):
    """A command line that names no model."""

    def __init__(self) -> None:
        super().__init__("No model is named: give the folder of one as --model_base_path, or --model_config_file.")


class CustomModelConfig(InputError):
    """The other arm of `ModelServerConfig`, for servers built in C++ around a source of their own."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where[0].upper()}{where[1:]} holds custom_model_config, which only a server built for it understands: "
            "list the models in model_config_list."
        )


class PlatformChanged(InputError):
    """A model that is served would become one of another framework."""

    def __init__(self, name: str, old: str, new: str) -> None:
        super().__init__(
            f"Model {name!r} is served as {old!r} and cannot become {new!r}: give the new one a name of its own."
        )


@dataclass(frozen=True)
class ModelLogging:
    """What `logging_config` says about recording the requests of one model."""

    sampling_rate: float = 0.0
    """Share of the requests, from 0 to 1."""

    collector: str = ""
    """`log_collector_config.type`."""

    filename_prefix: str = ""
    """`log_collector_config.filename_prefix`."""


@dataclass(frozen=True)
class ModelConfig:
    """One model to serve."""

    name: str

    base_path: Path
    """The folder, as this process finds it, that holds a folder for each version."""

    platform: str = ""
    """The framework; empty: seen from the files."""

    policy: VersionPolicy = field(default_factory=VersionPolicy)

    labels: Mapping[str, int] = field(default_factory=dict)
    """Label to version."""

    logging: ModelLogging | None = None


def read_model_config(path: Path) -> tuple[ModelConfig, ...] | None:
    """The models of a file, or None where it says nothing.

    Raises `UnreadableConfig`, `BrokenTextProto`, `InvalidModelConfig` and `CustomModelConfig`, all `InputError`s.
    """
    return parse_model_config(read_text(path, WHAT), place_of(path, WHAT))


def parse_model_config(text: str, where: str = "the model config") -> tuple[ModelConfig, ...] | None:
    """`read_model_config` of a text; `where` names it in sentences."""
    from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

    try:
        proto = parse_text_proto(text, ModelServerConfig(), where)
    except BrokenTextProto as error:
        # What is inside a custom config is of a type that only its server knows, so it does not parse.
        if re.search(r"^\s*custom_model_config\b", text, re.MULTILINE):
            raise CustomModelConfig(where) from error
        raise
    return model_configs_of(proto, where)


def model_configs_of(proto: Any, where: str = "the model config") -> tuple[ModelConfig, ...] | None:
    """The models of a `ModelServerConfig`, as `HandleReloadConfigRequest` carries it; None where it says nothing."""
    kind = proto.WhichOneof("config")
    if kind is None:
        return None
    if kind == "custom_model_config":
        raise CustomModelConfig(where)
    configs = tuple(_model_config(config, where) for config in proto.model_config_list.config)
    names = [config.name for config in configs]
    for name in names:
        if names.count(name) > 1:
            raise InvalidModelConfig(where, f"lists the model {name!r} more than once", "give each model its own name")
    return configs


def configured_models(options: ServerOptions) -> tuple[ModelConfig, ...]:
    """The models that the command line names, by a file or alone; raises `NoModelNamed` and what reading raises."""
    if options.model_config_file is not None:
        return read_model_config(options.model_config_file) or ()
    if not options.model_base_path:
        raise NoModelNamed
    return (ModelConfig(options.model_name, _base_path(options.model_base_path, "the flag --model_base_path")),)


def refuse_changed_platform(old: Iterable[ModelConfig], new: Iterable[ModelConfig]) -> None:
    """Raises `PlatformChanged` where a model of both has another platform; what is seen from the files may change."""
    platforms = {config.name: config.platform for config in old}
    for config in new:
        before = platforms.get(config.name)
        if before and config.platform and before != config.platform:
            raise PlatformChanged(config.name, before, config.platform)


def _model_config(proto: Any, where: str) -> ModelConfig:
    if not proto.name:
        raise InvalidModelConfig(where, "has a model without a name", "give each config a name")
    where = f"{where}: the model {proto.name!r}"
    return ModelConfig(
        name=proto.name,
        base_path=_base_path(proto.base_path, where),
        platform=_platform(proto, where),
        policy=_policy(proto.model_version_policy),
        labels=dict(proto.version_labels),
        logging=_logging(proto.logging_config, where) if proto.HasField("logging_config") else None,
    )


def _base_path(text: str, where: str) -> Path:
    if not text:
        raise InvalidModelConfig(where, "has no base path", "give the folder that holds the version folders")
    try:
        return Path(os.path.expanduser(local_path(text))).absolute()
    except UnknownScheme as error:
        remedy = f"give a path, file:// or one of {', '.join(f'{scheme}://' for scheme in MOUNTS)}"
        raise InvalidModelConfig(where, f"has the base path {text!r}", remedy) from error


def _platform(proto: Any, where: str) -> str:
    """The platform, also from the deprecated `model_type`."""
    unspecified, tensorflow = 0, 1
    if proto.model_type == unspecified:
        return str(proto.model_platform)
    if proto.model_platform:
        raise InvalidModelConfig(where, "has both model_type and model_platform", "keep model_platform")
    if proto.model_type != tensorflow:
        raise InvalidModelConfig(where, "has a model_type other than TENSORFLOW", "write model_platform instead")
    return TENSORFLOW


def _policy(proto: Any) -> VersionPolicy:
    kind = proto.WhichOneof("policy_choice")
    if kind == "all":
        return VersionPolicy.all()
    if kind == "specific":
        return VersionPolicy.specific(proto.specific.versions)
    return VersionPolicy.latest(proto.latest.num_versions)


def _logging(proto: Any, where: str) -> ModelLogging:
    log.warning("%s: logging_config has no effect here: requests are recorded by --inference_log.", where)
    rate = proto.sampling_config.sampling_rate
    if not 0 <= rate <= 1:
        raise InvalidModelConfig(where, f"has the sampling_rate {rate}", "give a number from 0 to 1")
    collector = proto.log_collector_config
    return ModelLogging(rate, collector.type, collector.filename_prefix)
