"""Data that the book reads: each set in a file of its own, with a loader and the `Source` it comes from."""

from d2lmodels.data.digits import MNIST_5K, load_digits

__all__ = ["SOURCES", "load_digits"]

SOURCES = {source.name: source for source in (MNIST_5K,)}
