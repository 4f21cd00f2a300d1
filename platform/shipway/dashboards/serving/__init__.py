"""What model servers, Prometheus and the inference log say: asked in the background, read by pages at once."""
