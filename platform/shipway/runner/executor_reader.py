"""Reading what containers run, and what the platform spec asks of Kubernetes for them.

What only places a pod (selectors, tolerations, labels, resources) has no meaning on one machine. What a program would
see (variables, mounts) is honoured when this machine has the same variable or folder, and refused by name otherwise.
What a cluster file has added is left out: it belongs to that cluster, and the pipeline was written without it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from shipway.runner.fields import Fields, UnsupportedField
from shipway.runner.spec import Container, Importer
from shipway.step.placed import PLATFORM, AddedByPlacement, added_by_placement

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
    added = added_by_placement(platform)
    timeouts = _kubernetes_timeouts(platform, added)
    with deployment:
        return {label: _executor(label, child, timeouts, added) for label, child in deployment.items("executors")}


def _executor(
    label: str, fields: Fields, timeouts: dict[str, float], added: dict[str, AddedByPlacement]
) -> Container | Importer:
    with fields:
        if fields.has("container"):
            known = added.get(label, AddedByPlacement())
            return _container(label, fields.child("container"), timeouts.get(label, 0.0), known)
        if fields.has("importer"):
            return _importer(fields.child("importer"))
        for name in ("resolver", "customJob"):
            if fields.has(name):
                raise UnsupportedField(fields.at(name))
        return Container(label, "", (), ())


def _container(label: str, fields: Fields, timeout: float, added: AddedByPlacement) -> Container:
    with fields:
        fields.pass_over("resources")
        environment = {}
        for variable in fields.objects("env"):
            with variable:
                environment[variable.required("name")] = variable.text("value")
        environment = {name: value for name, value in environment.items() if name not in added.environment}
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


def _kubernetes_timeouts(platform: Any, added: dict[str, AddedByPlacement]) -> dict[str, float]:
    """Seconds by executor label; everything else in the platform spec is checked on the way."""
    timeouts: dict[str, float] = {}
    if not platform:
        return timeouts
    with Fields(platform, "") as fields, fields.child("platforms") as platforms:
        kubernetes = platforms.child("kubernetes")
        platforms.pass_over(PLATFORM)
    with kubernetes:
        kubernetes.pass_over("pipelineConfig")
        with kubernetes.child("deploymentSpec") as deployment:
            for label, executor in deployment.items("executors"):
                timeouts[label] = _pod_options(executor, added.get(label, AddedByPlacement()))
    return timeouts


def _pod_options(fields: Fields, added: AddedByPlacement) -> float:
    with fields:
        fields.pass_over(*PLACEMENT)
        for name in VARIABLES:
            for entry in fields.objects(name):
                for pair in entry.objects("keyToEnv"):
                    if (variable := pair.required("envVar")) not in added.variables:
                        _require_variable(pair, variable)
        for entry in fields.objects("fieldPathAsEnv"):
            _require_variable(entry, entry.required("name"))
        for name in MOUNTS:
            for entry in fields.objects(name):
                if (folder := entry.required("mountPath")) not in added.mounts:
                    _require_folder(entry, folder)
        return float(fields.take("activeDeadlineSeconds") or 0)


def _require_variable(fields: Fields, name: str) -> None:
    if name not in os.environ:
        raise UnsupportedField(fields.path, name, f"set the environment variable {name} before you run it here")


def _require_folder(fields: Fields, path: str) -> None:
    if not Path(path).is_dir():
        raise UnsupportedField(fields.path, path, f"make the folder {path} on this machine, or run it in a cluster")
