"""ExampleGen over a bucket: it fetches what patterns and spans choose, and names what is missing by its URI."""

import pytest

from shipway.artifacts import Examples
from shipway.artifacts.object_store import NoSuchBucket, write
from shipway.data.examples import read_table
from shipway.errors import InputError
from shipway.step import StepContext
from shipway_components.example_gen import example_gen
from shipway_components.example_gen.fingerprint import input_fingerprint

BASE = "minio://bucket/raw/trips"
CONFIG = {"splits": [{"name": "all", "pattern": "day-{SPAN}/*.csv"}]}


@pytest.fixture
def trips(bucket_store):
    for day in (1, 2):
        write(f"{BASE}/day-{day}/a.csv", b"n,who\n" + f"{day},x\n".encode() * 3)
    write(f"{BASE}/notes.txt", b"no rows")
    return bucket_store


def generate(tmp_path, input_base=BASE, **more):
    examples = Examples(str(tmp_path / "examples"))
    examples.path.mkdir(exist_ok=True)
    context = StepContext("trips", "run", "example-gen", tmp_path / "work")
    example_gen.function(context=context, examples=examples, input_base=input_base, **more)
    return examples


def test_only_the_chosen_span_is_fetched(trips, tmp_path):
    trips.requests.clear()
    examples = generate(tmp_path, input_config=CONFIG)
    assert examples.span == 2
    rows = [row for split in examples.split_names for row in read_table(examples, split)["n"].to_pylist()]
    assert rows == [[2]] * 3 or rows == [2] * 3
    fetched = {key for method, _, key, _ in trips.requests if method == "GET" and key}
    assert fetched == {"raw/trips/day-2/a.csv"}


def test_one_object_is_an_input_too(trips, tmp_path):
    assert generate(tmp_path, f"{BASE}/day-1/a.csv").metadata["rows"] == 3


def test_the_fingerprint_follows_what_lies_in_the_bucket(trips, tmp_path):
    first = input_fingerprint(None, BASE, CONFIG, {}, "")
    assert first == input_fingerprint(None, BASE, CONFIG, {}, "")
    assert generate(tmp_path, input_config=CONFIG).metadata["fingerprint"] == first
    write(f"{BASE}/day-2/b.csv", b"n,who\n7,y\n")
    assert input_fingerprint(None, BASE, CONFIG, {}, "") != first


@pytest.mark.parametrize(
    ("base", "config"),
    [(BASE, {"splits": [{"name": "all", "pattern": "*.parquet"}]}), (f"{BASE}/none", {})],
)  # fmt: skip
def test_what_is_missing_is_named_by_its_uri(trips, tmp_path, base, config):
    with pytest.raises(InputError) as caught:
        generate(tmp_path, base, input_config=config)
    assert base in str(caught.value)
    assert "/tmp/tmp" not in str(caught.value)


def test_a_bucket_that_is_not_there(trips, tmp_path):
    with pytest.raises(NoSuchBucket, match="no bucket 'gone'"):
        generate(tmp_path, "s3://gone/raw")
