"""Sliced evaluation of models in columns: one pass over the model, every slice by group-by, results as TFMA's files.

TensorFlow Model Analysis walks through the rows one by one, once for every slice a row is in. Here predictions,
labels and weights are columns, a slice is a code per row, and a metric is a formula over sums and histograms that
`numpy.bincount` fills for all slices at once. What a metric means is TFMA's: same names, same keys, same values, same
verdicts, same files. Metrics that are not written here run in TFMA itself.
"""
