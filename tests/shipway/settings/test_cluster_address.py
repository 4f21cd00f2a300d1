"""`SHIPWAY_KFP` and its relatives."""

import pytest

from shipway.settings.cluster_address import BadEndpoint, BadPages, ClusterAddress, NoSuchFile, TokenInTheOpen


def test_nothing_set_is_no_cluster():
    assert ClusterAddress.from_environment({}) == ClusterAddress(kfp_endpoint="", kfp_namespace="kubeflow")


def test_what_is_set_is_read(tmp_path):
    token = tmp_path / "token"
    token.write_text("t")
    address = ClusterAddress.from_environment(
        {
            "SHIPWAY_KFP": "https://kubeflow.example/pipeline/",
            "SHIPWAY_KFP_TOKEN_FILE": str(token),
            "SHIPWAY_KFP_NAMESPACE": "team-a",
            "SHIPWAY_KUBE_CONTEXT": "prod",
        }
    )
    assert address == ClusterAddress("https://kubeflow.example/pipeline", token, None, "team-a", "prod")


@pytest.mark.parametrize("value", ["kubeflow", "ftp://host", "http://", "http://h:port", "http://h/?a=b", "http://[x"])
def test_what_is_no_address_is_refused(value):
    with pytest.raises(BadEndpoint, match="SHIPWAY_KFP is"):
        ClusterAddress.from_environment({"SHIPWAY_KFP": value})


def test_a_password_is_not_repeated():
    with pytest.raises(BadEndpoint) as caught:
        ClusterAddress.from_environment({"SHIPWAY_KFP": "https://me:hunter2@host"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "endpoint", ["http://localhost:8888", "http://ml-pipeline:8888", "http://ml-pipeline.kubeflow.svc:8888"]
)
def test_a_token_goes_in_plain_text_where_it_stays_inside(tmp_path, endpoint):
    token = tmp_path / "token"
    token.write_text("t")
    ClusterAddress.from_environment({"SHIPWAY_KFP": endpoint, "SHIPWAY_KFP_TOKEN_FILE": str(token)})


def test_a_token_in_the_open_is_refused(tmp_path):
    token = tmp_path / "token"
    token.write_text("t")
    with pytest.raises(TokenInTheOpen, match="write https://"):
        ClusterAddress.from_environment(
            {"SHIPWAY_KFP": "http://kubeflow.example", "SHIPWAY_KFP_TOKEN_FILE": str(token)}
        )


def test_a_token_file_that_is_missing_is_told(tmp_path):
    with pytest.raises(NoSuchFile, match="SHIPWAY_KFP_TOKEN_FILE"):
        ClusterAddress.from_environment({"SHIPWAY_KFP_TOKEN_FILE": str(tmp_path / "none")})


def test_kubeflows_own_pages_are_an_address_or_nothing():
    found = ClusterAddress.from_environment({"SHIPWAY_KFP_UI": "https://kubeflow.example.com/pipeline/"})
    assert found.kfp_ui == "https://kubeflow.example.com/pipeline"
    assert ClusterAddress.from_environment({}).kfp_ui == ""


@pytest.mark.parametrize("url", ["kubeflow", "javascript:alert(1)", 'https://x/"onclick=', "https://user@x"])
def test_what_is_no_address_of_pages_is_refused(url):
    with pytest.raises(BadPages, match="SHIPWAY_KFP_UI is"):
        ClusterAddress.from_environment({"SHIPWAY_KFP_UI": url})
