"""Pipelines that ship with Shipway, each with its module file."""
