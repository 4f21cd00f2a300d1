"""Writes `base/`: what the chart's default values make, for those who work with kustomize instead of Helm.

    python manifests/kustomize.py            writes manifests/base
    python manifests/kustomize.py --check    exit code 1 where it is not what would be written

A file of the base is named after the template that it comes from. Marks of Helm's own are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CHART, BASE = ROOT / "helm" / "shipway", ROOT / "manifests" / "base"
NAME = NAMESPACE = "shipway"
HELMS_LABELS = ("helm.sh/chart", "app.kubernetes.io/managed-by")
HELMS_ANNOTATIONS = ("helm.sh/resource-policy",)
NAMESPACE_OBJECT = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
}
"""A chart is installed into a namespace that is there."""
HEADER = (
    "# Written by manifests/kustomize.py from the chart's defaults: change helm/shipway, then run make manifests.\n"
)

Json = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Write the base, or with `--check` say which of its files are not as they would be written."""
    wanted = dict(written())
    left_over = [path for path in sorted(BASE.rglob("*.yaml")) if path not in wanted]
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text() != text]
    if "--check" in arguments:
        for path in (*stale, *left_over):
            print(f"{path} is not what the chart makes: run make manifests.", file=sys.stderr)
        return 1 if stale or left_over else 0
    for path in left_over:
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


def written() -> Iterator[tuple[Path, str]]:
    """The path and the text of each file of the base."""
    files = {BASE / "namespace.yaml": [NAMESPACE_OBJECT], **rendered()}
    for path, objects in files.items():
        yield path, HEADER + "---\n".join(yaml.safe_dump(one, sort_keys=False, width=120) for one in objects)
    resources = [str(path.relative_to(BASE)) for path in files]
    kustomization = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources}
    yield BASE / "kustomization.yaml", HEADER + yaml.safe_dump(kustomization, sort_keys=False)


def rendered() -> dict[Path, list[Json]]:
    """The objects of the chart's defaults by the file that they belong into; tests of Helm's are none of them."""
    from helm_python import Chart

    with Chart.load(CHART) as chart:
        texts = chart.render({"tests": {"enabled": False}}, name=NAME, namespace=NAMESPACE)
    files = {}
    for template, text in sorted(texts.items()):
        objects = [without_marks(one) for one in yaml.safe_load_all(text) if one] if template.endswith(".yaml") else []
        if objects:
            files[BASE / template.partition("/templates/")[2]] = objects
    return files


def without_marks(rendered: Json) -> Json:
    """An object without what Helm knows its own by."""
    for metadata in (rendered["metadata"], *_pod_metadata(rendered)):
        for kind, marks in (("labels", HELMS_LABELS), ("annotations", HELMS_ANNOTATIONS)):
            for mark in marks:
                metadata.get(kind, {}).pop(mark, None)
            if kind in metadata and not metadata[kind]:
                del metadata[kind]
    return rendered


def _pod_metadata(rendered: Json) -> list[Json]:
    template = rendered.get("spec", {}).get("template")
    return [template["metadata"]] if template else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
