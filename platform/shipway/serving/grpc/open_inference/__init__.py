"""The Open Inference Protocol (V2) over gRPC, on the messages of kserve."""
