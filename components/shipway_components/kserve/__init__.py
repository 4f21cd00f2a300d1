"""What the pusher and the infra validator share of KServe: how an InferenceService is described, and the cluster."""
