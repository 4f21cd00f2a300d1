"""What the model server is told: its flags, the text protos that TensorFlow Serving reads, and the traffic file."""
