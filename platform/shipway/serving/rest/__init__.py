"""REST: a bare ASGI application, TensorFlow Serving's API and the Open Inference Protocol in JSON."""
