"""Adapting trained models: what stays as it is, and how fast the rest may change."""
