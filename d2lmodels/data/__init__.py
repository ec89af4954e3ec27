"""Data that the book reads: each set in a file of its own, with a loader and the `Source` it comes from."""

from d2lmodels.data.cifar import load_cifar10
from d2lmodels.data.digits import MNIST_5K, load_digits
from d2lmodels.data.photographs import PHOTOGRAPHS, load_photograph
from d2lmodels.data.weights import EFFICIENTNET_LITE0

__all__ = ["SOURCES", "load_cifar10", "load_digits", "load_photograph"]

SOURCES = {source.name: source for source in (MNIST_5K, *PHOTOGRAPHS, EFFICIENTNET_LITE0)}
