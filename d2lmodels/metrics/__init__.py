"""Scores of predictions, in NumPy."""
