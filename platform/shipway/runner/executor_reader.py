"""Reading what containers run, and what the platform spec asks of Kubernetes for them.

What only places a pod (selectors, tolerations, labels, resources) has no meaning on one machine. What a program would
see (variables, mounts) is honoured when this machine has the same variable or folder, and refused by name otherwise.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from shipway.runner.fields import Fields, UnsupportedField
from shipway.runner.spec import Container, Importer

PLACEMENT = (
    "nodeSelector",
    "podMetadata",
    "imagePullSecret",
    "imagePullPolicy",
    "tolerations",
    "nodeAffinity",
    "podAffinity",
    "enabledSharedMemory",
)
VARIABLES = ("secretAsEnv", "configMapAsEnv")
MOUNTS = ("secretAsVolume", "configMapAsVolume", "pvcMount", "genericEphemeralVolume", "emptyDirMounts")


def read_executors(deployment: Fields, platform: Any) -> dict[str, Container | Importer]:
    """Read `deploymentSpec` and the platform spec beside it."""
    timeouts = _kubernetes_timeouts(platform)
    with deployment:
        return {label: _executor(label, child, timeouts) for label, child in deployment.items("executors")}


def _executor(label: str, fields: Fields, timeouts: dict[str, float]) -> Container | Importer:
    with fields:
        if fields.has("container"):
            return _container(label, fields.child("container"), timeouts.get(label, 0.0))
        if fields.has("importer"):
            return _importer(fields.child("importer"))
        for name in ("resolver", "customJob"):
            if fields.has(name):
                raise UnsupportedField(fields.at(name))
        return Container(label, "", (), ())


def _container(label: str, fields: Fields, timeout: float) -> Container:
    with fields:
        fields.pass_over("resources")
        environment = {}
        for variable in fields.objects("env"):
            with variable:
                environment[variable.required("name")] = variable.text("value")
        return Container(
            label, fields.text("image"), fields.texts("command"), fields.texts("args"), environment, timeout
        )  # fmt: skip


def _importer(fields: Fields) -> Importer:
    with fields:
        with fields.child("artifactUri") as uri:
            constant, parameter = uri.text("constant"), uri.text("runtimeParameter")
        with fields.child("typeSchema") as kind:
            title = kind.text("schemaTitle", "system.Artifact")
            kind.pass_over("schemaVersion", "instanceSchema", "schemaUri")
        return Importer(title, constant, parameter, fields.take("metadata") or {}, bool(fields.take("reimport")))


def _kubernetes_timeouts(platform: Any) -> dict[str, float]:
    """Seconds by executor label; everything else in the platform spec is checked on the way."""
    timeouts: dict[str, float] = {}
    if not platform:
        return timeouts
    with Fields(platform, "") as fields, fields.child("platforms") as platforms:
        kubernetes = platforms.child("kubernetes")
    with kubernetes:
        kubernetes.pass_over("pipelineConfig")
        with kubernetes.child("deploymentSpec") as deployment:
            for label, executor in deployment.items("executors"):
                timeouts[label] = _pod_options(executor)
    return timeouts


def _pod_options(fields: Fields) -> float:
    with fields:
        fields.pass_over(*PLACEMENT)
        for name in VARIABLES:
            for entry in fields.objects(name):
                for pair in entry.objects("keyToEnv"):
                    _require_variable(pair, pair.required("envVar"))
        for entry in fields.objects("fieldPathAsEnv"):
            _require_variable(entry, entry.required("name"))
        for name in MOUNTS:
            for entry in fields.objects(name):
                _require_folder(entry, entry.required("mountPath"))
        return float(fields.take("activeDeadlineSeconds") or 0)


def _require_variable(fields: Fields, name: str) -> None:
    if name not in os.environ:
        raise UnsupportedField(fields.path, name, f"set the environment variable {name} before you run it here")


def _require_folder(fields: Fields, path: str) -> None:
    if not Path(path).is_dir():
        raise UnsupportedField(fields.path, path, f"make the folder {path} on this machine, or run it in a cluster")
