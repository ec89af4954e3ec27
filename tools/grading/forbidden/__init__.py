"""Stands in for a package that a lab forbids; it says so, and does nothing else."""

raise ImportError(f"{__name__} may not be used in this lab", name=__name__)
