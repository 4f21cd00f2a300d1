"""A release that speaks TLS alone, under the restricted Pod Security Standard: probes and clients of its own work."""

import subprocess

import pytest
from helm_release import prepared_release
from release_pods import run_python

PLAIN = """
import json, os
from shipway.lineage import LineageQueries
from shipway.settings import MetadataAddress

environment = dict(os.environ)
if "plain" in os.sys.argv:
    environment["SHIPWAY_METADATA"] = environment["SHIPWAY_METADATA"].replace("grpcs://", "grpc://")
    environment["SHIPWAY_METADATA_PATIENCE"] = "1"
try:
    LineageQueries.open(MetadataAddress.from_environment(environment)).runs()
    print(json.dumps("answered"))
except Exception as refusal:
    print(json.dumps(type(refusal).__name__))
"""


@pytest.fixture
def certificate(tmp_path, namespace):
    """Files of a certificate for the release's services, and of its key."""
    cert, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    names = ",".join(f"DNS:shipway-{one}.{namespace}.svc" for one in ("metadata", "dashboards"))
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shipway"]
    files = ["-addext", f"subjectAltName={names}", "-keyout", key, "-out", cert]
    subprocess.run([*command, *files], check=True, capture_output=True)
    return cert, key


def test_a_release_with_tls_is_ready_and_asked_by_its_own_clients(cluster, namespace, images, certificate):
    cert, key = certificate
    values = {"metadata": {"tls": {"secretName": "tls"}}, "dashboards": {"tls": {"secretName": "tls"}}}
    release = prepared_release(cluster, namespace, images, **values)
    files = {"tls.crt": cert.read_text(), "tls.key": key.read_text(), "ca.crt": cert.read_text()}
    cluster.secret("tls", namespace, **files)
    release.install()
    try:
        said = release.test()  # its client of the metadata service checks the certificate
        assert f"https://shipway-dashboards.{namespace}.svc:8080/healthz: 200" in said
        assert run_python(release, PLAIN, "plain") != "answered"
    finally:
        release.uninstall()
