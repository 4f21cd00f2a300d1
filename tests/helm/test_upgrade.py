"""A release of an older chart is upgraded and finds its data: what Kubernetes lets nobody change, where data lies.

`released/` holds that of each chart that was released. A file there is never changed; a new one is made when a version
is released: SHIPWAY_RECORD_CHART=1 pytest tests/helm/test_upgrade.py
"""

import json
import os
from pathlib import Path

import pytest

RELEASED = Path(__file__).resolve().parent / "released"
SETS = ("default", "full", "postgresql")


def lasting(objects):
    """Of one set of objects: where data lies, and fields that cannot be changed once they are made."""
    found = {}
    for one in objects:
        name = f"{one['kind']}/{one['metadata'].get('namespace', '')}/{one['metadata']['name']}"
        if one["kind"] == "PersistentVolumeClaim":
            kept = one["metadata"]["annotations"]["helm.sh/resource-policy"]
            found[name] = {"keep": kept, "accessModes": one["spec"]["accessModes"]}
        elif one["kind"] == "Deployment":
            pod = one["spec"]["template"]["spec"]
            claims = {
                volume["name"]: volume["persistentVolumeClaim"]["claimName"]
                for volume in pod["volumes"]
                if "persistentVolumeClaim" in volume
            }
            mounts = {
                mount["name"]: mount["mountPath"]
                for container in pod["containers"]
                for mount in container["volumeMounts"]
                if mount["name"] in claims
            }
            found[name] = {"selector": one["spec"]["selector"], "claims": claims, "mounts": mounts}
        elif one["kind"] in ("RoleBinding", "ClusterRoleBinding"):
            found[name] = {"roleRef": one["roleRef"]}
        elif one["kind"] in ("Service", "CronJob", "ConfigMap"):
            found[name] = {}
    return found


@pytest.mark.parametrize("version", sorted(path.stem for path in RELEASED.glob("*.json")))
@pytest.mark.parametrize("values", SETS)
def test_an_upgrade_from_a_released_chart_keeps_the_data(objects, version, values):
    released = json.loads((RELEASED / f"{version}.json").read_text())[values]
    now = lasting(objects(values))
    assert {name: now.get(name) for name in released} == released


def test_this_version_is_recorded(objects, chart):
    path = RELEASED / f"{chart.version}.json"
    if os.environ.get("SHIPWAY_RECORD_CHART") and not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({values: lasting(objects(values)) for values in SETS}, indent=2) + "\n")
    assert path.is_file(), f"Record {chart.version}: SHIPWAY_RECORD_CHART=1 pytest {__file__}"
