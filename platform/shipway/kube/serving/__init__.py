"""Models in KServe: pushed into an InferenceService, asked there, taken back, listed.

An InferenceService is plain JSON here; KServe's own SDK is not needed. What is not named by the caller is left in the
cluster as it is. KServe copies an InferenceService's annotations into its pods, so an annotation that changes is a new
revision: everything that is to be known of a version is written in the one patch that deploys it.
"""
