"""Checks of what the networks for images are built with and given. Not here: the range of the pixels."""

from d2lmodels.nn.checks import check_floating


def check_counts(**counts) -> None:
    """Raise ValueError for what is not a whole number from 1 up, or several of them.

    >>> check_counts(num_classes=10, widths=(16, 32))
    """
    for name, given in counts.items():
        several = isinstance(given, list | tuple)
        if not all(isinstance(number, int) and number > 0 for number in (given if several else [given])):
            wanted = "whole numbers" if several else "a whole number"
            raise ValueError(f"{name} must be {wanted} from 1 up, got {given!r}")


def check_images(X, in_channels: int) -> None:
    """Raise TypeError or ValueError where a network with `in_channels` cannot take these images."""
    check_floating(X)
    if X.ndim != 4 or X.shape[1] != in_channels or 0 in X.shape[2:]:
        wanted = f"(batch, {in_channels}, height, width) with height and width from 1 up"
        raise ValueError(f"X must be {wanted}, got {tuple(X.shape)}")
