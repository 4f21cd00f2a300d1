"""TensorFlow Serving's client learns what is served, and changes it."""

import pytest

from shipway.serving.faults import Code
from shipway.serving.servable import VersionState, VersionStatus

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def models(channel):
    from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceStub

    return ModelServiceStub(channel)


def status(name, version=None, label=None):
    from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest

    made = GetModelStatusRequest()
    made.model_spec.name = name
    if version is not None:
        made.model_spec.version.value = version
    if label is not None:
        made.model_spec.version_label = label
    return made


def metadata(name, *fields, version=None):
    from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest

    made = GetModelMetadataRequest()
    made.model_spec.name = name
    made.metadata_field.extend(fields)
    if version is not None:
        made.model_spec.version.value = version
    return made


def test_all_versions_are_told_newest_first(models):
    response = models.GetModelStatus(status("m"))
    assert [(one.version, one.state, one.status.error_code) for one in response.model_version_status] == [
        (2, 30, 0),
        (1, 30, 0),
    ]
    assert len(models.GetModelStatus(status("m", label="stable")).model_version_status) == 2


def test_one_version_may_be_asked_for(models, running):
    broken = VersionStatus(3, VersionState.END, Code.INTERNAL, "no saved_model.pb")
    running.catalog.models["m"].statuses[3] = broken
    (one,) = models.GetModelStatus(status("m", 3)).model_version_status
    del running.catalog.models["m"].statuses[3]
    assert (one.version, one.state, one.status.error_code) == (3, one.END, 13)
    assert one.status.error_message == "no saved_model.pb"


@pytest.mark.parametrize(
    ("make", "code", "sentence"),
    [
        (lambda: status("m", 9), "NOT_FOUND", "Could not find version 9 of model m"),
        (lambda: status("no"), "NOT_FOUND", "Could not find any versions of model no"),
        (lambda: status("later"), "NOT_FOUND", "Could not find any versions of model later"),
        (lambda: status(""), "INVALID_ARGUMENT", "ModelSpec has no name specified"),
        (lambda: type(status("m"))(), "INVALID_ARGUMENT", "Missing ModelSpec"),
    ],
)
def test_a_status_that_nobody_knows_is_told(models, refused, make, code, sentence):
    got, details = refused(models.GetModelStatus, make())
    assert (got, sentence in details) == (code, True), details


def test_signatures_are_described_as_tensorflow_describes_them(prediction):
    from tensorflow_serving.apis.get_model_metadata_pb2 import SignatureDefMap

    response = prediction.GetModelMetadata(metadata("m", "signature_def", version=1))
    assert (response.model_spec.name, response.model_spec.version.value) == ("m", 1)
    described = SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(described)
    matrix = described.signature_def["float16_matrix"].inputs["x"]
    assert (matrix.dtype, [d.size for d in matrix.tensor_shape.dim]) == (19, [-1, 2])
    assert described.signature_def["string"].outputs["y"].tensor_shape.unknown_rank
    scalar = described.signature_def["int64_scalar"].inputs["x"]
    assert (scalar.dtype, len(scalar.tensor_shape.dim), scalar.tensor_shape.unknown_rank) == (9, 0, False)
    assert described.signature_def["quantized"].inputs["x"].dtype == 11


@pytest.mark.parametrize(
    ("make", "code", "sentence"),
    [
        (lambda: metadata("m"), "INVALID_ARGUMENT", "must specify at least one metadata_field"),
        (lambda: metadata("m", "signature_def", "no"), "INVALID_ARGUMENT", "Metadata field no is not supported"),
        (lambda: metadata("no", "signature_def"), "NOT_FOUND", "Latest(no)"),
        (lambda: metadata("", "signature_def"), "INVALID_ARGUMENT", "ModelSpec has no name specified"),
        (lambda: type(metadata("m"))(), "INVALID_ARGUMENT", "Missing ModelSpec"),
    ],
)
def test_metadata_that_is_not_kept_is_told(prediction, refused, make, code, sentence):
    got, details = refused(prediction.GetModelMetadata, make())
    assert (got, sentence in details) == (code, True), details


def reload(*names, labels=None, base_path="/models"):
    from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest

    made = ReloadConfigRequest()
    made.config.model_config_list.SetInParent()
    for name in names:
        one = made.config.model_config_list.config.add(name=name, base_path=base_path, model_platform="tensorflow")
        for label, version in (labels or {}).items():
            one.version_labels[label] = version
    return made


def test_another_configuration_reaches_the_lifecycle(models, running):
    running.lifecycle.done.clear()
    asked = reload("a", "b")
    asked.metric_names.append("/tensorflow/serving/model_warmup_latency")
    response = models.HandleReloadConfigRequest(asked)
    assert (response.status.error_code, response.HasField("status")) == (0, True)
    assert [(one.name, one.int64_value_increase) for one in response.metric] == [(asked.metric_names[0], 0)]
    assert running.lifecycle.done == ["=a", "=b"]


def unsupported():
    made = reload()
    made.config.custom_model_config.SetInParent()
    return made


@pytest.mark.parametrize(
    ("make", "code", "sentence"),
    [
        (lambda: type(reload())(), "INVALID_ARGUMENT", "Only ModelConfigList is currently supported"),
        (unsupported, "INVALID_ARGUMENT", "Only ModelConfigList is currently supported"),
        (lambda: reload("a", "a"), "INVALID_ARGUMENT", "lists the model 'a' more than once"),
        (lambda: reload("a", base_path=""), "INVALID_ARGUMENT", "has no base path"),
        (lambda: reload("m", labels={"x": 7}), "FAILED_PRECONDITION", "version 7 of model m, which is not currently"),
    ],
)
def test_a_configuration_that_cannot_be_is_told(models, refused, make, code, sentence):
    got, details = refused(models.HandleReloadConfigRequest, make())
    assert (got, sentence in details) == (code, True), details
