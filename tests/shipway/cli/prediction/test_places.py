import pytest

from shipway.cli.prediction.places import Address, NoSuchModel, version_folder


@pytest.mark.parametrize(
    ("text", "model", "address"),
    [
        ("http://h:8501", "m", Address("http://h:8501", "m")),
        ("http://h:8501/", "m", Address("http://h:8501", "m")),
        ("http://h:8501/v1/models/m", "", Address("http://h:8501", "m")),
        ("http://h/v1/models/m:predict", "", Address("http://h", "m")),
        ("https://h/below/v1/models/a%2Fb", "", Address("https://h/below", "a/b")),
        ("http://h/v1/models/m/versions/7", "", Address("http://h", "m", version=7)),
        ("http://h/v1/models/m/labels/canary", "m", Address("http://h", "m", label="canary")),
    ],
)
def test_addresses(text, model, address):
    assert Address.of(text, model) == address


@pytest.mark.parametrize(
    ("text", "model"),
    [("http://h", ""), ("http://h/v1/models", ""), ("http://h/v1/models/m", "other"), ("http://h/v1/models/m/x/y", "")],
)
def test_an_address_without_a_model(text, model):
    with pytest.raises(NoSuchModel, match=r"does not name a model \(or --model names another one\): give a server's"):
        Address.of(text, model)


@pytest.fixture
def pushed(tmp_path):
    """A folder with the versions 9 and 10, and things beside them."""
    for name in ("9", "10", ".shipway"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").touch()
    (tmp_path / "11").touch()
    return tmp_path


def test_the_highest_version_is_meant_or_the_one_named(pushed):
    assert version_folder(str(pushed), None) == pushed / "10"
    assert version_folder(str(pushed), 9) == pushed / "9"
    assert version_folder(str(pushed / "9"), None) == pushed / "9"


def test_a_folder_without_a_model(pushed, tmp_path):
    for text, version, problem in (
        (str(pushed), 8, "has no version 8, it has 9, 10"),
        (str(pushed / "lost"), None, "is no folder that is there"),
        (str(pushed / "11"), None, "is no folder that is there"),
        (str(tmp_path.parent), None, "holds neither a model nor numbered versions of one"),
    ):
        with pytest.raises(NoSuchModel) as error:
            version_folder(text, version)
        assert str(error.value).startswith(f"{text!r} {problem}: give a server's address")
