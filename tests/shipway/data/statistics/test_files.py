"""FeatureStats.pb: what each of TFDV's loaders finds in it, and what is no such file."""

from pathlib import Path

import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from shipway.data.statistics import StatisticsOptions, generate_statistics, overall, read_statistics, write_statistics
from shipway.data.statistics.files import encode_statistics
from shipway.errors import InputError

ROWS = pa.RecordBatch.from_pydict({"who": ["a", "b", None, "a"], "n": [1, 2, 3, 4]})


@pytest.mark.tensorflow
def test_each_loader_of_tfdv_opens_the_file(tmp_path: Path) -> None:
    import tensorflow_data_validation as tfdv

    path = tmp_path / "FeatureStats.pb"
    for slices in ([], ["who"], ["who", "n"]):
        statistics = generate_statistics([ROWS], StatisticsOptions().with_slices(slices))
        write_statistics(path, statistics)
        for load in (tfdv.load_stats_binary, tfdv.load_statistics):
            loaded = load(str(path))
            loaded.DiscardUnknownFields()
            assert loaded == statistics
        assert read_statistics(path) == statistics


@pytest.mark.parametrize("size", [0, 1, 100, 4000])
def test_every_size_of_a_message_has_a_form_that_is_both(size: int) -> None:
    for extra in range(20):
        statistics = statistics_pb2.DatasetFeatureStatisticsList()
        statistics.datasets.add(name="x" * (size + extra))
        content = encode_statistics(statistics)
        assert len(content) < statistics.ByteSize() + 2000
        parsed = statistics_pb2.DatasetFeatureStatisticsList.FromString(content)
        assert [dataset.name for dataset in parsed.datasets] == [statistics.datasets[0].name]
        assert int.from_bytes(content[:8], "little") == len(content) - 16


def test_files_of_tfx_are_read_too(tmp_path: Path) -> None:
    statistics = generate_statistics([ROWS])
    (tmp_path / "binary").write_bytes(statistics.SerializeToString())
    assert read_statistics(tmp_path / "binary") == statistics


def test_the_overall_statistics_are_found_among_slices() -> None:
    sliced = generate_statistics([ROWS], StatisticsOptions().with_slices(["who"]))
    del sliced.datasets[0]
    sliced.datasets.extend(generate_statistics([ROWS], StatisticsOptions().with_slices(["who"])).datasets[:1])
    assert overall(sliced).name == "All Examples"
    assert overall(generate_statistics([ROWS])).num_examples == 4


@pytest.mark.parametrize(("content", "problem"), [(b"\xff" * 50, "it is no"), (b"", "it is empty"), (None, "No such")])
def test_what_holds_no_statistics(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "FeatureStats.pb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"holds no statistics that can be read .{problem}"):
        read_statistics(path)
