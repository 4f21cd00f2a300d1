"""Gathering the requests that wait for a model into batches, without making any of them wait for company."""
