"""What classify, regress and multi-inference mean, without a transport: tf.Examples in, classes and values out."""
