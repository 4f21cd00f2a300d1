"""`/data/{id}`: the statistics of a split, feature by feature, alone or held against others."""
