"""gRPC on grpc.aio in the server's own event loop: TensorFlow Serving's services, the Open Inference Protocol, health
and reflection.

Every method gets its message as bytes and parses it itself, so that a malformed one is answered as the caller's fault.
"""
