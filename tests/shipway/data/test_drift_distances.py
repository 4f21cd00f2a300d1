"""Distances and features out of TFDV's Anomalies."""

from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies, DriftSkewInfo

from shipway.data.drift_distances import Distance, distances, features_with_anomalies


def measured(*distances_of, kind="drift_measurements"):
    """Anomalies with distances as (feature, value, threshold)."""
    made = Anomalies()
    for feature, value, threshold in distances_of:
        info = made.drift_skew_info.add()
        info.path.step.append(feature)
        getattr(info, kind).add(type=DriftSkewInfo.Measurement.L_INFTY, value=value, threshold=threshold)
    return made


def test_the_worst_split_counts_and_the_worst_feature_comes_first():
    train = measured(("fare", 0.02, 0.01), ("miles", 0.3, 0.4))
    found = distances([train, measured(("fare", 0.04, 0.01), ("miles", 0.1, 0.4))])
    assert found == [Distance("fare", "drift", 0.04, 0.01), Distance("miles", "drift", 0.3, 0.4)]
    assert found[0].share == 4


def test_drift_and_skew_are_two_things():
    found = distances([measured(("fare", 0.1, 0.5)), measured(("fare", 0.2, 0.5), kind="skew_measurements")])
    assert [(one.kind, one.value) for one in found] == [("skew", 0.2), ("drift", 0.1)]


def test_features_by_path_and_the_whole_data_set():
    found = Anomalies()
    found.anomaly_info["by key"].reason.add(description="odd")
    found.anomaly_info["key"].path.step.extend(["person", "age"])
    found.dataset_anomaly_info.reason.add(description="too few rows")
    assert features_with_anomalies([found]) == {"", "by key", "person.age"}


def test_slices_of_the_data_are_left_to_the_files():
    found = measured(("slice(vendor_2)::fare", 0.5, 0.1))
    found.anomaly_info["slice(vendor_2)::fare"].reason.add(description="odd")
    assert features_with_anomalies([found]) == {"fare"}
    assert distances([found]) == []
