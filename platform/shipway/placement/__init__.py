"""From a compiled pipeline and a cluster's settings to the pipeline that is uploaded."""
