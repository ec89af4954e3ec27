"""One style for every figure of the book, and figures that carry a description and stay small.

A figure is an opaque light card, so the same picture is legible on a light page and on a dark one. Not
here: any particular plot; chapters draw with matplotlib's own methods.
"""

import base64
import io
import sys

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure
from PIL import Image

CARD, INK, QUIET = "#faf8f4", "#23222b", "#68666f"
COLOURS = ("#1a4fc0", "#de5f0e", "#2097a6", "#9a2360", INK)
"""Blue, orange, teal, plum, ink: each at least 3:1 on the card, all apart under colour blindness."""

TEXT_WIDTH = 620
"""The width of a figure on the page, in CSS pixels."""

LARGEST = 40_000
"""The most bytes that a figure may weigh."""

_DOTS = 100  # CSS pixels per inch: 11 points are 15 pixels on the page, and 8 on a telephone

STYLE = {
    "figure.dpi": _DOTS,
    "figure.figsize": (TEXT_WIDTH / _DOTS, 3.4),
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.facecolor": CARD,
    "savefig.facecolor": CARD,
    "axes.facecolor": CARD,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(linestyle=["-", "--"]) * cycler(color=COLOURS),
    "grid.color": "#e4e1da",
    "grid.linewidth": 0.8,
    "font.family": ["DejaVu Sans"],
    "font.size": 11,
    "axes.labelsize": 11,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "legend.facecolor": CARD,
    "legend.edgecolor": "none",
    "legend.framealpha": 0.9,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 2.0,
    "lines.markersize": 5,
    "image.cmap": "cividis",
    "image.interpolation": "nearest",
}


def use_style() -> None:
    """Draw every later figure in the book's style."""
    plt.rcParams.update(STYLE)


def figure(columns: int = 1, rows: int = 1, *, height: int | float | None = None):
    """Return `(figure, axes)` as wide as the text: one axes, or an array of `rows × columns` small multiples.

    Arguments: `height` of a row in CSS pixels; by default 0.55 of its width, and 200 or more. More than two
    columns are hard to read on a telephone: stack them in rows instead.

    Raises `ValueError` when a count or the height is not positive.

    >>> _, axes = figure(columns=2, rows=3)
    >>> axes.shape
    (3, 2)
    """
    if columns < 1 or rows < 1:
        raise ValueError(f"columns and rows are {columns!r} and {rows!r}; each must be 1 or more")
    if height is None:
        height = max(200, 0.55 * TEXT_WIDTH / columns)
    if height <= 0:
        raise ValueError(f"height is {height!r}; it must be a positive number of CSS pixels")
    size = (TEXT_WIDTH / _DOTS, rows * height / _DOTS)
    return plt.subplots(rows, columns, figsize=size)


def show(figure: Figure, *, alt: str) -> None:
    """Show the figure once, at twice the page's resolution, with its description; close it.

    Arguments: `alt`, what a reader who cannot see the figure should know: the kind of plot, its axes and
    what it shows. In a notebook it goes into the output's metadata; elsewhere it is printed instead.

    Raises `ValueError` when `alt` is empty, or the picture weighs more than 40 kB.

    >>> curve, axes = figure()
    >>> _ = axes.plot([0, 1, 4, 9])
    >>> show(curve, alt="A parabola through (3, 9).")
    A parabola through (3, 9).
    """
    if not alt.strip():
        raise ValueError("alt is empty; it must say what a reader who cannot see the figure should know")
    png = _palette_png(figure)
    width = round(figure.get_figwidth() * _DOTS)
    plt.close(figure)
    if len(png) > LARGEST:
        raise ValueError(
            f"figure weighs {len(png):,} bytes as a PNG, and {LARGEST:,} is the most: lower its height, "
            "draw fewer points or panels, or average before drawing"
        )
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython():
        data = {"image/png": base64.b64encode(png).decode(), "text/plain": alt}
        ipython.display.display(data, metadata={"image/png": {"alt": alt, "width": width}}, raw=True)
    else:
        print(alt)


def graph(root, *, alt: str | None = None) -> None:
    """Show the computation that led to `root`, from its leaves on the left: values, and gradients below them.

    Arguments: `root` and what it came from have `data`, `grad`, `parents` (their own kind, as a tuple),
    `operation` (a string, empty for a leaf) and perhaps `name`; `alt` replaces the description that is
    written from them.

    Raises `TypeError` when one of these is missing, `ValueError` when there are more nodes than fit a page.
    """
    from d2lmodels.plot_graph import describe, draw

    show(draw(root), alt=describe(root) if alt is None else alt)


def _palette_png(figure: Figure) -> bytes:
    """Return the figure as a PNG of 64 colours: half the bytes of a plot, and no visible change."""
    buffer, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(buffer, format="png", dpi=2 * _DOTS)
    picture = Image.open(buffer).convert("RGB")
    # k-means, after colours far apart: the card keeps its colour, and no pixel moves by much
    method = Image.Quantize.MAXCOVERAGE
    picture = picture.quantize(64, method=method, kmeans=3, dither=Image.Dither.NONE)
    picture.save(packed, format="PNG", optimize=True)
    return packed.getvalue()
