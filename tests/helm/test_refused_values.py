"""Values that cannot be meant: each is refused before anything is made, by a sentence that names the value."""

import pytest
from helm_python import HelmRenderError, HelmValuesError

BY_THE_SCHEMA = {
    "a key that is misspelt": ({"metdata": {}}, "additional properties 'metdata' not allowed"),
    "a key that is misspelt deep down": (
        {"dashboards": {"ingress": {"host": "a"}}},
        "'/dashboards/ingress': additional properties 'host' not allowed",
    ),
    "a password": (
        {"metadata": {"database": {"password": "hunter2"}}},
        "'/metadata/database': additional properties 'password' not allowed",
    ),
    "a token": ({"metadata": {"token": "abc"}}, "'/metadata': additional properties 'token' not allowed"),
    "a user with a password": (
        {"metadata": {"database": {"user": "ada:hunter2"}}},
        "'/metadata/database/user': 'ada:hunter2' does not match pattern",
    ),
    "an address with a password": (
        {"dashboards": {"prometheus": {"url": "http://ada:hunter2@prometheus:9090"}}},
        "'/dashboards/prometheus/url'",
    ),
    "a database of another kind": (
        {"metadata": {"database": {"type": "oracle"}}},
        "'/metadata/database/type': value must be one of 'sqlite', 'mysql', 'postgresql'",
    ),
    "several metadata services": ({"metadata": {"replicas": 2}}, "additional properties 'replicas' not allowed"),
    "no Secret for the metadata's token": ({"metadata": {"tokenSecret": {"name": ""}}}, "'/metadata/tokenSecret/name'"),
    "a size that is none": ({"metadata": {"persistence": {"size": "ten"}}}, "'/metadata/persistence/size'"),
    "a port that is none": (
        {"metadata": {"service": {"port": 70000}}},
        "'/metadata/service/port': maximum: got 70,000, want 65,535",
    ),
    "a container without limits": ({"exporter": {"resources": {"limits": None}}}, "missing property 'limits'"),
    "a digest that is none": ({"images": {"control": {"digest": "abc"}}}, "'/images/control/digest'"),
    "a schedule that is none": ({"metadata": {"backup": {"schedule": "nightly"}}}, "'/metadata/backup/schedule'"),
    "a namespace that is none": ({"pipelines": {"namespaces": ["Kube Flow"]}}, "'/pipelines/namespaces/0'"),
    "an operator who has no e-mail": (
        {"dashboards": {"proxy": {"operators": ["ada"]}}},
        "'/dashboards/proxy/operators/0'",
    ),
    "a proxy that is no address": ({"dashboards": {"proxy": {"trusted": ["proxy"]}}}, "'/dashboards/proxy/trusted/0'"),
    "a share above all": (
        {"inferenceLog": {"samplingRate": 2}},
        "'/inferenceLog/samplingRate': maximum: got 2, want 1",
    ),
    "text for a switch": ({"watcher": {"enabled": "yes"}}, "'/watcher/enabled': got string, want boolean"),
}
SERVER = {"type": "postgresql", "host": "db", "name": "lineage", "user": "ada", "passwordSecret": {"name": "database"}}
TOGETHER = {
    "the tag of no version": (
        {"image": {"tag": "latest"}},
        "image.tag is latest, which names another image tomorrow: give a version, or a digest.",
    ),
    "a server without a host": (
        {"metadata": {"database": SERVER | {"host": ""}}},
        "metadata.database.type is postgresql, and metadata.database.host is empty: say where the database is.",
    ),
    "a server without a password": (
        {"metadata": {"database": SERVER | {"passwordSecret": {"name": ""}}}},
        "metadata.database.type is postgresql, and metadata.database.passwordSecret.name is empty: name the "
        "Secret that holds the password of ada.",
    ),
    "a file on a server": (
        {"metadata": {"database": SERVER | {"type": "sqlite"}}},
        "metadata.database names a server and its type is sqlite: set metadata.database.type to mysql or postgresql, "
        "or leave host, name and user empty.",
    ),
    "a store without buckets": (
        {"objectStore": {"enabled": True}},
        "objectStore.enabled is set and objectStore.buckets is empty: name the buckets whose artifacts pages may show, "
        "such as [mlpipeline].",
    ),
    "dashboards for nobody": (
        {"dashboards": {"tokenSecret": {"name": ""}}},
        "Nobody could sign in to the dashboards: set dashboards.tokenSecret.name, dashboards.operatorTokenSecret.name "
        "or dashboards.proxy.header, or dashboards.enabled to false.",
    ),
    "a proxy that anyone could be": (
        {"dashboards": {"proxy": {"header": "X-Email"}}},
        "dashboards.proxy.header is set and dashboards.proxy.trusted is empty: name the proxy's addresses, or anyone "
        "could say who they are.",
    ),
    "replicas with a session each": (
        {"dashboards": {"replicas": 2}},
        "Several replicas of the dashboards share sessions by one key: set dashboards.sessionKeySecret.name to a "
        "Secret whose key has 32 characters or more.",
    ),
    "replicas with one volume for one node": (
        {"dashboards": {"replicas": 2, "sessionKeySecret": {"name": "key"}, "persistence": {"enabled": True}}},
        "Several replicas of the dashboards write one audit log: set dashboards.persistence.accessModes to "
        "[ReadWriteMany].",
    ),
    "an ingress without a name": (
        {"dashboards": {"ingress": {"enabled": True}}},
        "dashboards.ingress.enabled is set and dashboards.ingress.hosts is empty: name the host by which people reach "
        "the dashboards.",
    ),
}


@pytest.mark.parametrize(("values", "sentence"), BY_THE_SCHEMA.values(), ids=BY_THE_SCHEMA)
def test_the_schema_refuses(rendered, values, sentence):
    with pytest.raises(HelmValuesError) as refused:
        rendered(values)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(("values", "sentence"), TOGETHER.values(), ids=TOGETHER)
def test_values_that_do_not_go_together_are_refused(rendered, values, sentence):
    with pytest.raises(HelmRenderError) as refused:
        rendered(values)
    assert str(refused.value).endswith(f": {sentence}")
