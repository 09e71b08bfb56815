"""Shelf of targets: what is written for a model, or from a launch plan."""
