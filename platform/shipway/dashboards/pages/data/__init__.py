"""The data: spans, statistics, anomalies and drift, schemas."""
