"""SchemaGen and ImportSchemaGen: inferred over all splits, curated by people, and what is wrong with a file."""

import pyarrow as pa
import pytest

from shipway.artifacts import ExampleStatistics, Schema
from shipway.data.schema import read_schema
from shipway.data.statistics import FILE_NAME, generate_statistics, write_statistics
from shipway.errors import InputError, UsageError
from shipway_components.schema_gen import import_schema_gen, schema_gen


@pytest.fixture
def statistics(tmp_path):
    made = ExampleStatistics(str(tmp_path / "statistics"))
    splits = {"train": {"who": ["a", "b"] * 9, "n": [1, 2] * 9}, "eval": {"who": ["a", "c"], "n": [None, 4]}}
    for split, columns in splits.items():
        made.split_path(split).mkdir(parents=True)
        batch = pa.RecordBatch.from_pydict(columns)
        write_statistics(made.split_path(split) / FILE_NAME, generate_statistics([batch]))
    made.split_names = list(splits)
    return made


@pytest.fixture
def schema(tmp_path):
    (tmp_path / "schema").mkdir()
    return Schema(str(tmp_path / "schema"))


def test_the_schema_fits_every_split(statistics, schema):
    schema_gen.function(statistics=statistics, schema=schema)
    content = read_schema(schema.schema_file)
    assert [list(domain.value) for domain in content.string_domain] == [["a", "b", "c"]]
    assert content.feature[1].presence.min_fraction < 1
    assert schema.metadata["features"] == 2


def test_excluded_splits_have_no_say(statistics, schema):
    schema_gen.function(statistics=statistics, schema=schema, exclude_splits=["eval"], infer_feature_shape=False)
    content = read_schema(schema.schema_file)
    assert [list(domain.value) for domain in content.string_domain] == [["a", "b"]]
    assert content.feature[1].presence.min_fraction == 1
    assert not content.feature[1].HasField("shape")


def test_a_shape_is_inferred_when_wanted(statistics, schema):
    schema_gen.function(statistics=statistics, schema=schema, exclude_splits=["eval"])
    assert read_schema(schema.schema_file).feature[1].shape.dim[0].size == 1


def test_a_split_that_is_not_there(statistics, schema):
    with pytest.raises(UsageError, match="names the split 'test', which the statistics do not have"):
        schema_gen.function(statistics=statistics, schema=schema, exclude_splits=["test"])


@pytest.mark.tensorflow
def test_it_is_what_tfdv_infers(statistics, schema):
    import tensorflow_data_validation as tfdv

    schema_gen.function(statistics=statistics, schema=schema)
    first, second = (tfdv.load_stats_binary(str(statistics.split_path(s) / FILE_NAME)) for s in ("train", "eval"))
    assert tfdv.load_schema_text(str(schema.schema_file)) == tfdv.update_schema(tfdv.infer_schema(first), second)


CURATED = '# who: the customer\nfeature { name: "who" type: BYTES }\n'


def test_a_curated_schema_keeps_its_comments(tmp_path, schema):
    (tmp_path / "curated.pbtxt").write_text(CURATED)
    import_schema_gen.function(schema=schema, schema_file=str(tmp_path / "curated.pbtxt"))
    assert schema.schema_file.read_text() == CURATED
    assert schema.metadata["features"] == 1


def test_an_edited_file_is_another_input_of_the_step(tmp_path):
    path = tmp_path / "curated.pbtxt"
    path.write_text(CURATED)
    first = import_schema_gen.reads(schema_file=str(path))
    path.write_text(CURATED + "\n")
    assert first
    assert import_schema_gen.reads(schema_file=str(path)) != first
    assert import_schema_gen.reads(schema_file=f"file://{path}") != first
    assert import_schema_gen.reads(schema_file="/nowhere") == ""


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ('feature {\n  name: "a"\n  typ: INT\n}\n', 'has an error at line 3: Message type "tensorflow.metadata.v0.Fea'),
        ('feature { name: "a" type: NUMBER }', "no value named NUMBER; correct the file."),
        ('feature { name: "a" type: INT', "Expected"),
        ('feature { name: "a" }\nfeature { name: "a" }', "more than one entry for the features 'a'"),
        ("feature { type: INT }", "has a feature without a name"),
        ('feature { name: "a" domain: "letters" }', "the domain 'letters', which it does not define"),
        ("# nothing yet", "names no feature: begin with what schema_gen infers"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (None, "cannot be read (No such file or directory): check the path"),
    ],
)
def test_a_file_with_errors(tmp_path, schema, content, wanted):
    path = tmp_path / "curated.pbtxt"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        import_schema_gen.function(schema=schema, schema_file=str(path))
    assert wanted in str(caught.value)
    assert "curated.pbtxt" in str(caught.value)
    assert list(schema.path.iterdir()) == []
