"""A schema in words, what changed in one, and one that data was fitted into."""

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from shipway.data.schema_diff import schema_changes
from shipway.data.schema_facts import schema_facts
from shipway.data.schema_fit import fitted_schema
from shipway.data.statistics import generate_statistics, overall
from shipway.data.validation_engine import infer_schema, validate_statistics
from shipway.errors import UsageError

TEXT = """
feature { name: "who" type: BYTES presence { min_fraction: 1 } domain: "who" shape { dim { size: 1 } }
          drift_comparator { infinity_norm { threshold: 0.25 } } }
feature { name: "age" type: INT presence { min_fraction: 0.95 } value_count { min: 1 max: 3 }
          int_domain { min: 0 max: 120 is_categorical: true } }
feature { name: "paid" type: INT bool_domain {} not_in_environment: "SERVING" }
feature { name: "photo" type: BYTES image_domain {} annotation { tag: "private" } value_count { min: 1 } }
feature { name: "rate" type: FLOAT float_domain { max: 0.5 } shape {}
          skew_comparator { jensen_shannon_divergence { threshold: 0.1 } } }
feature { name: "kind" type: BYTES string_domain { value: "x" } in_environment: "SERVING" lifecycle_stage: ALPHA }
string_domain { name: "who" value: "a" value: "b" }
default_environment: "TRAINING" default_environment: "SERVING"
"""


def schema(text: str = TEXT) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


def statistics(**columns: object) -> object:
    return overall(generate_statistics([pa.RecordBatch.from_pydict(columns)]))


def changes(old: schema_pb2.Schema, new: schema_pb2.Schema) -> list[str]:
    return [f"{change.feature}: {change.text}" for change in schema_changes(old, new)]


def test_a_schema_in_words() -> None:
    assert schema_facts(schema()) == {
        "who": {
            "type": "STRING",
            "presence": "required",
            "values": "1",
            "domain": "'a', 'b'",
            "drift": "L-infinity up to 0.25",
        },
        "age": {
            "type": "INT",
            "presence": "in 95 % of rows",
            "values": "1 to 3",
            "domain": "from 0 up to 120, categories",
        },
        "paid": {"type": "INT", "presence": "optional", "domain": "0 or 1", "environments": "not SERVING"},
        "photo": {
            "type": "BYTES",
            "presence": "optional",
            "values": "1 or more",
            "domain": "image",
            "more": 'annotation { tag: "private" }',
        },
        "rate": {
            "type": "FLOAT",
            "presence": "optional",
            "values": "1",
            "domain": "up to 0.5",
            "skew": "Jensen-Shannon up to 0.1",
        },
        "kind": {
            "type": "STRING",
            "presence": "optional",
            "domain": "'x'",
            "environments": "only SERVING",
            "stage": "ALPHA",
        },
    }


def test_no_change_of_a_schema_goes_unsaid() -> None:
    new = schema()
    new.feature[0].drift_comparator.infinity_norm.threshold = 0.5
    new.feature[1].ClearField("int_domain")
    new.feature[3].annotation.tag.append("large")
    del new.feature[2]
    new.feature.add(name="city", type=schema_pb2.BYTES)
    new.string_domain[0].value[:] = ["b", "c"]
    new.dataset_constraints.min_examples_count = 9
    assert changes(schema(), new) == [
        "paid: is gone",
        "who: domain: + 'c', - 'a'",
        "who: drift: L-infinity up to 0.25 -> L-infinity up to 0.5",
        "age: domain: from 0 up to 120, categories -> any value",
        'photo: more: annotation { tag: "private" } -> annotation { tag: "private" tag: "large" }',
        "city: is new: type BYTES; presence optional",
        ": dataset_constraints: none -> dataset_constraints { min_examples_count: 9 }",
    ]
    assert changes(schema(), schema()) == []


def test_long_lists_of_values_are_cut() -> None:
    new = schema()
    new.string_domain[0].value.extend(f"v{number}" for number in range(30))
    assert changes(schema(), new)[0].endswith("'v18', 'v19' and 10 more")


GOOD = {"who": ["a", "b"] * 9, "n": [1] * 18, "label": [0, 1] * 9}
NEW = {"who": ["a", "z"] * 9, "m": [2.0] * 18}


def test_a_fitted_schema_has_no_anomalies_left() -> None:
    inferred = infer_schema(statistics(**GOOD))
    fitted = fitted_schema(inferred, [statistics(**NEW)])
    assert not validate_statistics(statistics(**NEW), fitted).anomaly_info
    assert [line.partition(":")[0] for line in changes(inferred, fitted)] == ["who", "n", "label", "m"]
    assert "who: domain: + 'z'" in changes(inferred, fitted)
    assert "n: stage: none -> DEPRECATED" in changes(inferred, fitted)


def test_only_the_chosen_features_change() -> None:
    inferred = infer_schema(statistics(**GOOD))
    fitted = fitted_schema(inferred, [statistics(**NEW)], only=["who"])
    assert changes(inferred, fitted) == ["who: domain: + 'z'"]


def test_what_an_environment_leaves_out_is_not_deprecated() -> None:
    inferred = infer_schema(statistics(**GOOD))
    inferred.default_environment.extend(["TRAINING", "SERVING"])
    inferred.feature[2].not_in_environment.append("SERVING")
    fitted = fitted_schema(inferred, [statistics(who=GOOD["who"], n=GOOD["n"])], environment="SERVING")
    assert changes(inferred, fitted) == []


def test_what_fits_already_stays_as_it_is() -> None:
    assert fitted_schema(infer_schema(statistics(**GOOD)), [statistics(**GOOD)]) == infer_schema(statistics(**GOOD))


def test_a_feature_that_would_not_change_cannot_be_chosen() -> None:
    with pytest.raises(UsageError, match="Nothing would change about the feature 'n': what would change is 'who'"):
        fitted_schema(infer_schema(statistics(**GOOD)), [statistics(**{**GOOD, "who": ["z"] * 18})], only=["n"])
