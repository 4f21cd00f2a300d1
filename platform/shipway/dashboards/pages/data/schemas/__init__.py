"""`/data/pipeline/{pipeline}/schema`: what the data has to look like, and how that changed."""
