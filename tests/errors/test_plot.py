"""A figure without a description, one that is too heavy and one that cannot be drawn are refused."""

from types import SimpleNamespace

import numpy as np
import pytest

from d2lmodels import plot


def node(*parents):
    return SimpleNamespace(data=1.0, grad=0.0, parents=parents, operation="+" if parents else "")


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_show_wants_a_description(alt):
    figure, _ = plot.figure()
    with pytest.raises(ValueError, match="alt is empty"):
        plot.show(figure, alt=alt)


def test_show_refuses_a_heavy_figure():
    figure, axes = plot.figure()
    axes.imshow(np.random.default_rng(0).random((300, 300)))
    with pytest.raises(
        ValueError, match=r"figure weighs [\d,]+ bytes as a PNG, and 40,000 is the most: lower"
    ):
        plot.show(figure, alt="Noise.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": 0}, "columns and rows are 0 and 1"),
        ({"rows": -1}, "columns and rows are 1 and -1"),
        ({"height": 0}, "height is 0"),
    ],
)
def test_figure_names_a_wrong_size(arguments, message):
    with pytest.raises(ValueError, match=message):
        plot.figure(**arguments)


def test_graph_names_what_is_missing():
    with pytest.raises(TypeError, match=r"root leads to a float, which has no \.data"):
        plot.graph(node(node(), 2.0))


def test_graph_refuses_too_many_nodes():
    with pytest.raises(ValueError, match="root has more than 24 nodes"):
        plot.graph(node(*(node() for _ in range(24))))


def test_graph_refuses_too_many_columns():
    root = node()
    for _ in range(14):
        root = node(root)
    with pytest.raises(ValueError, match="root is 15 columns deep"):
        plot.graph(root)
