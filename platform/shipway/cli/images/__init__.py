"""Building container images: the engine that is there, what is built, and the file that names the result.

`shipway build-image` and `docker/build` stand on this; the latter runs before anything is installed, so that nothing
here imports more than Python's own library until it has to.
"""
