"""Labels are bounded, and what users name stays text."""

from shipway.exporter.bounds import LONGEST, shortened


def test_pipelines_beyond_the_bound_are_counted_and_not_shown(records, look):
    for number in range(52):
        records.step("trainer", run=f"run-{number}", pipeline=f"pipeline-{number}")
    page = look()
    shown = {key[1] for key in page if key[0] == "shipway_runs_active"}
    assert shown == {f"pipeline-{number}" for number in range(50)}
    left_out = page["shipway_exporter_series_left_out",]
    assert left_out > 0
    assert look()["shipway_exporter_series_left_out",] == left_out


def test_features_beyond_the_bound(records, look, record, tmp_path):
    from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies

    made = Anomalies()
    for number in range(25):
        info = made.drift_skew_info.add()
        info.path.step.append(f"feature-{number}")
        info.drift_measurements.add(value=number / 100, threshold=0.1)
    (tmp_path / "Split-train").mkdir()
    (tmp_path / "Split-train" / "SchemaDiff.pb").write_bytes(made.SerializeToString())
    records.step("example-validator", {"anomalies": [record("ExampleAnomalies", str(tmp_path))]})
    page = look()
    shown = {key[2] for key in page if key[0] == "shipway_drift_distance"}
    assert shown == {f"feature-{number}" for number in range(5, 25)}
    assert page["shipway_exporter_series_left_out",] == 10


def test_malicious_names_come_out_as_they_went_in(records, look):
    odd = '<script>alert("1")</script>\\\n\u202e{pipeline="x"} 1'
    records.step("trainer", pipeline=odd)
    assert look()["shipway_runs_total", odd, "SUCCEEDED"] == 1


def test_long_names_are_cut_and_stay_apart(records, look):
    names = ["x" * 10_000 + end for end in "ab"]
    for name in names:
        records.step("trainer", pipeline=name, run=f"run-{name[-1]}")
    page = look()
    cut = {key[1] for key in page if key[0] == "shipway_runs_active"}
    assert cut == {shortened(name) for name in names}
    assert all(len(name) == LONGEST for name in cut)
