"""What the tests on a real cluster stand on: the cluster, images in it, an installed release, an object store."""
