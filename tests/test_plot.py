"""Figures are legible on any page and to colour-blind readers, carry their description, and stay small."""

import base64
import io
from itertools import combinations, pairwise
from types import SimpleNamespace

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch, PathPatch
from nbclient import NotebookClient
from PIL import Image

from d2lmodels import plot
from d2lmodels.plot_graph import GRADIENT, GRADIENT_TINT, LEAF_TINT, ROW_GAP, _Box, _spread, describe, draw

# What a page of each reader looks like behind a figure: white, and three dark modes.
PAGES = ("#ffffff", "#121212", "#111111", "#383838")
# Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB.
COLOUR_BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        plot.use_style()
        yield
    plt.close("all")


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    """Return the contrast of two colours as WCAG 2 defines it."""
    low, high = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (a, b))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb):
    """Return the perceptual coordinates of a linear colour (Ottosson 2020)."""
    cones = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
    axes = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
    return axes @ np.cbrt(cones @ np.clip(rgb, 0, 1))


def test_lines_stand_out_from_the_card_and_text_more():
    assert all(contrast(colour, plot.CARD) >= 3 for colour in (*plot.COLOURS, plot.QUIET))
    assert contrast(plot.INK, plot.CARD) >= 7
    assert contrast(plot.INK, LEAF_TINT) >= 7
    assert contrast(GRADIENT, GRADIENT_TINT) >= 4.5


@pytest.mark.parametrize("kind", COLOUR_BLINDNESS)
def test_colours_differ_for_every_eye(kind):
    seen = [oklab(np.array(COLOUR_BLINDNESS[kind]) @ linear(colour)) for colour in plot.COLOURS]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 0.11


def curves(*, points=200, lines=3):
    figure, axes = plot.figure()
    noise = np.random.default_rng(0).random((points, lines))
    axes.plot(np.exp(-np.arange(points) / 60)[:, None] + 0.05 * noise + np.arange(lines) / 10)
    axes.set(xlabel="training step", ylabel="loss (nats)", title="Loss")
    return figure


def picture_of(figure):
    return Image.open(io.BytesIO(plot._palette_png(figure)))


def test_the_picture_is_opaque_sharp_and_in_64_colours():
    picture = picture_of(curves())
    assert picture.mode == "P"
    assert picture.size[0] == 2 * plot.TEXT_WIDTH
    assert "transparency" not in picture.info
    assert len(picture.getcolors()) <= 64
    assert picture.convert("RGB").getpixel((2, 2)) == tuple(round(255 * part) for part in to_rgb(plot.CARD))


def test_the_palette_changes_no_pixel_that_one_would_notice():
    for figure in curves(lines=5), draw(node(0.5, node(0.25, name="x"), operation="sqrt", name="y")):
        buffer = io.BytesIO()
        figure.savefig(buffer, dpi=200)
        exact = np.asarray(Image.open(buffer).convert("RGB")).astype(int)
        difference = np.abs(np.asarray(picture_of(figure).convert("RGB")) - exact)
        assert difference.max() <= 24
        assert difference.mean() < 0.5


def test_the_same_figure_gives_the_same_bytes():
    assert plot._palette_png(curves()) == plot._palette_png(curves())


def test_the_card_shows_on_every_page():
    assert all(contrast(plot.CARD, page) > 10 or page == "#ffffff" for page in PAGES)


@pytest.mark.parametrize(("columns", "rows", "shape"), [(2, 3, (3, 2)), (2, 1, (2,)), (1, 3, (3,))])
def test_small_multiples_are_as_wide_as_the_text(columns, rows, shape):
    figure, axes = plot.figure(columns, rows, height=150)
    assert axes.shape == shape
    np.testing.assert_allclose(figure.get_size_inches() * 100, [620, 150 * rows])


def test_text_can_be_read_on_a_telephone():
    sizes = [value for key, value in plot.STYLE.items() if key.endswith("size") and "font" not in key[:4]]
    smallest = min(size for size in sizes if isinstance(size, int) and size > 5)
    assert smallest / 72 * 100 * 340 / 620 > 8  # CSS pixels in a column of 340


def test_a_notebook_shows_a_figure_once_with_its_description_and_width():
    code = (
        "%matplotlib inline\n"
        "from d2lmodels import plot\n"
        "import matplotlib.pyplot as plt\n"
        "plot.use_style()\n"
        "figure, axes = plot.figure(height=200)\n"
        "axes.plot([0, 1, 4])\n"
        "plot.show(figure, alt='A parabola.')"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "display_data"
    assert output.data["text/plain"] == "A parabola."
    assert output.metadata == {"image/png": {"alt": "A parabola.", "width": 620}}
    assert Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).size == (1240, 400)


def test_show_closes_the_figure(capsys):
    figure = curves()
    plot.show(figure, alt="Three curves fall.")
    assert capsys.readouterr().out == "Three curves fall.\n"
    assert not plt.fignum_exists(figure.number)


def node(data, *parents, operation="", name="", grad=0.0):
    return SimpleNamespace(data=data, grad=grad, parents=parents, operation=operation, name=name)


@st.composite
def graphs(draw_from):
    """Return the root of a random graph of 12 nodes or fewer, some of them shared."""
    nodes = [node(draw_from(st.floats(-100, 100)), name=name) for name in ("x", "w", "")]
    for _ in range(draw_from(st.integers(0, 9))):
        operation = draw_from(st.sampled_from(["+", "×", "tanh", "^2"]))
        count = 2 if operation in "+×" else 1
        parents = [draw_from(st.sampled_from(nodes[-5:])) for _ in range(count)]
        nodes.append(node(draw_from(st.floats(-1e6, 1e6)), *parents, operation=operation, grad=None))
    return nodes[-1]


@settings(max_examples=40)
@given(graphs())
def test_boxes_keep_apart_and_edges_run_right_past_all_boxes(root):
    try:
        figure = draw(root)
    except ValueError as error:
        assert "too wide for the page" in str(error)
        return
    axes = figure.axes[0]
    frames = [patch.get_bbox() for patch in axes.patches if isinstance(patch, FancyBboxPatch)][::2]
    width, height = figure.get_size_inches() * 100
    right, bottom = axes.get_xlim()[1], axes.get_ylim()[0]
    assert width / right == pytest.approx(height / (bottom - axes.get_ylim()[1]))
    for a, b in combinations(frames, 2):
        assert a.x1 < b.x0 or b.x1 < a.x0 or a.y1 < b.y0 or b.y1 < a.y0
    for frame in frames:
        assert frame.x0 > 0
        assert frame.x1 < right
        assert frame.y1 < bottom
    for points in edges_of(figure):
        assert (np.diff(points[:, 0]) >= 0).all()
        for frame in frames:
            inside = (points > [frame.x0 + 0.1, frame.y0]) & (points < [frame.x1 - 0.1, frame.y1])
            assert not inside.all(axis=1).any()
    plt.close(figure)


def test_a_graph_of_twelve_nodes_is_light():
    leaves = [node(0.123456 * k, name=f"x{k}") for k in range(4)]
    a = [node(-1.5, leaves[k], leaves[(k + 1) % 4], operation="×", name=f"a{k}") for k in range(4)]
    b = [node(2.25, *pair, operation="+") for pair in ((a[0], a[1]), (a[2], a[3]))]
    root = node(0.7071, node(0.8814, *b, operation="×"), operation="tanh", name="loss")
    assert len(plot._palette_png(draw(root))) < plot.LARGEST


def test_a_shared_node_is_drawn_once_with_an_edge_for_each_use():
    x = node(3.0, name="x")
    axes = draw(node(9.0, x, x, operation="×", name="y")).axes[0]
    words = [text.get_text() for text in axes.texts]
    assert words.count("x") == 1
    assert sum(isinstance(patch, PathPatch) for patch in axes.patches) == 2


def test_operands_stand_in_their_order():
    a, b, c = (node(1.0, name=name) for name in "abc")
    axes = draw(node(1.0, node(1.0, a, b, operation="−"), c, operation="÷")).axes[0]
    height = {text.get_text(): text.get_position()[1] for text in axes.texts}
    assert height["a"] < height["b"] < height["c"]


def edges_of(figure):
    """Return the points of each edge, its curves cut into short lines."""
    edges = [patch.get_path() for patch in figure.axes[0].patches if isinstance(patch, PathPatch)]
    return [edge.to_polygons(closed_only=False)[0] for edge in edges]


def test_a_long_edge_runs_level_past_the_boxes_between():
    x = node(3.0, name="x")
    y = node(9.0, x, operation="^2", name="a node with a long name")
    figure = draw(node(27.0, y, x, operation="*", name="z"))
    frames = [patch.get_bbox() for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]
    frame = max(frames, key=lambda frame: frame.width)
    points = edges_of(figure)[-1]
    heights = np.interp([frame.x0, frame.x1], points[:, 0], points[:, 1])
    assert heights[0] == pytest.approx(heights[1])
    assert heights[0] > frame.y1


def test_a_node_stands_left_of_its_farthest_use():
    x = node(1.0, name="x")
    far = node(1.0, node(1.0, x, operation="exp"), operation="log")
    for edge in edges_of(draw(node(1.0, node(1.0, x, operation="tanh"), far, operation="+"))):
        assert edge[0, 0] + 20 < edge[-1, 0]


def test_operations_are_written_with_their_signs():
    axes = draw(node(-1.0, node(1.0), node(2.0), operation="*")).axes[0]
    assert {"×", "−1", "value", "gradient"} <= {text.get_text() for text in axes.texts}


@settings(max_examples=30)
@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=8))
def test_boxes_move_apart_and_no_farther_than_they_must(wanted):
    column = [_Box(node(1.0)) for _ in wanted]
    _spread(column, wanted)
    for above, below in pairwise(column):
        assert below.y - above.y >= above.height + ROW_GAP - 1e-9
    assert sum(box.y for box in column) == pytest.approx(sum(wanted), abs=1e-6)
    room = column[0].height + ROW_GAP
    if all(b - a >= room for a, b in pairwise(wanted)):
        np.testing.assert_allclose([box.y for box in column], wanted, atol=1e-9)


def test_a_description_says_everything_drawn():
    x, w = node(2.0, name="x", grad=-0.5), node(np.ones((3, 4)), name="W", grad=None)
    y = node(-0.0, node(1.23456789, x, operation="exp"), w, operation="+", name="y", grad=1.0)
    assert describe(y) == (
        "Computation graph. x: value 2, gradient −0.5; node 2 = exp(x): value 1.235, gradient 0; "
        "W: value 3×4, gradient –; y = node 2 + W: value 0, gradient 1."
    )


def test_graph_shows_its_own_description_or_the_given_one(capsys):
    plot.graph(node(2.0, name="x"))
    plot.graph(node(2.0, name="x"), alt="A leaf.")
    assert capsys.readouterr().out == "Computation graph. x: value 2, gradient 0.\nA leaf.\n"
