"""`/data/pipeline/{pipeline}/drift`: anomalies, and how far features have drifted, span after span."""
