"""Read what `make bench` measured, put it into words, and draw it.

Not here: the page and its directive, which is in book_benchmarks.py; this file needs no Sphinx.
"""

import json
import math
from html import escape
from itertools import pairwise
from pathlib import Path

RESULTS = "d2lmodels/results/benchmarks.json"
NUMBERS = {"ratio", "quartiles", "control", "peer_seconds", "ours_seconds", "rounds"}
CIRCUMSTANCES = {"processor", "cores", "threads", "python", "versions"}
WANTED = {"topic", "what", "detail", "peer", *NUMBERS, *CIRCUMSTANCES}
ROW, STRIP, FOOT = 72, 50, 24  # pixels: a row, the middle of its whisker, the scale at the foot
LEFT, WIDTH = 3.0, 94.0  # per cent: where the scale starts, how far it goes
STEPS = [(0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 5), (1, 1.2, 1.5, 2, 3, 5), (1, 1.5, 2, 3, 5), (1, 2, 5), (1,)]
APART = 0.13  # of the scale: the least distance of two labels


def read_rows(path: Path) -> list[dict]:
    """Read the rows; raises ValueError where there are none, or where one lacks what the page shows."""
    if not path.exists():
        raise ValueError(f"there is no {RESULTS}; make bench writes it")
    rows = json.loads(path.read_text(encoding="utf8"))
    if not rows:
        raise ValueError(f"{RESULTS} has no rows; make bench writes them")
    for row in rows:
        if missing := WANTED - row.keys():
            raise ValueError(f"{RESULTS}: a row of {row.get('topic')} lacks {', '.join(sorted(missing))}")
    return rows


def circumstances(rows: list[dict]) -> list[str]:
    """Describe each machine and its versions in a sentence, with the topics where there are several."""
    groups: list[tuple[str, dict[str, str], list[str]]] = []
    for row in rows:
        cores, threads = counted(row["cores"], "core"), counted(row["threads"], "thread")
        machine = f"{row['processor']}, {cores}, {threads} for each library; Python {row['python']}"
        group = next(
            (group for group in groups if group[0] == machine and agree(group[1], row["versions"])), None
        )
        if group is None:
            groups.append(group := (machine, {}, []))
        group[1].update(row["versions"])
        if row["topic"] not in group[2]:
            group[2].append(row["topic"])
    return [
        (f"{', '.join(topics)}: " if len(groups) > 1 else "")
        + ", ".join([machine, *(f"{name} {version}" for name, version in sorted(versions.items()))])
        + "."
        for machine, versions, topics in groups
    ]


def agree(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether two sets of versions name no package twice with different versions."""
    return all(one.get(name, version) == version for name, version in other.items())


def counted(number: int, noun: str) -> str:
    """Write a count with its noun.

    >>> counted(1, "core"), counted(2, "core")
    ('1 core', '2 cores')
    """
    return f"{number} {noun}" + ("" if number == 1 else "s")


def ratio_text(ratio: float) -> str:
    """Write a ratio with the digits that mean something.

    >>> ratio_text(0.9774), ratio_text(12.34), ratio_text(292900.0)
    ('0.98', '12', '293,000')
    """
    if ratio < 10:
        return f"{ratio:.2f}"
    return f"{float(f'{ratio:.3g}' if ratio >= 100 else f'{ratio:.0f}'):,.0f}"


def seconds_text(seconds: float) -> str:
    """Write a time with its unit.

    >>> seconds_text(3.243), seconds_text(0.0306), seconds_text(0.00001068)
    ('3.24\\xa0s', '30.6\\xa0ms', '10.7\\xa0µs')
    """
    unit, size = ("s", 1.0) if seconds >= 1 else ("ms", 1e-3) if seconds >= 1e-3 else ("µs", 1e-6)
    return f"{seconds / size:.3g}\N{NO-BREAK SPACE}{unit}"


def ticks(low: float, high: float) -> list[float]:
    """Choose round numbers to label on a logarithmic scale, far enough apart for their labels.

    >>> ticks(0.9, 2.6), ticks(0.1, 400_000)
    ([1.0, 1.2, 1.5, 2.0], [1.0, 100.0, 10000.0])
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in STEPS:
        found = sorted({round(step * 10.0**n, 9) for n in decades for step in steps})
        found = [number for number in found if low <= number <= high]
        apart = APART if high < 1e4 * low else 2 * APART  # labels of large numbers are long
        if all(math.log(b / a) >= apart * math.log(high / low) for a, b in pairwise(found)):
            return found
    return [number for number in found if math.log10(number) % 2 == 0]  # every second power of ten


def scale(rows: list[dict]) -> tuple[float, float]:
    """Return the ends of a logarithmic scale that holds 1, the whiskers and the goals, with some room."""
    shown = [1.0, *(number for row in rows for number in (*row["quartiles"], row.get("goal") or 1.0))]
    room = max((max(shown) / min(shown)) ** 0.06, 1.03)
    return min(shown) / room, max(shown) * room


def read_aloud(row: dict) -> str:
    """Say in words what a row of the plot shows."""
    low, high = (ratio_text(quartile) for quartile in row["quartiles"])
    goal = f", goal {ratio_text(row['goal'])}" if row.get("goal") else ""
    ratio = ratio_text(row["ratio"])
    return f"{row['what']}, against {row['peer']}: {ratio} times as fast, quartiles {low} and {high}{goal}."


def plot(topic: str, rows: list[dict]) -> str:
    """Draw a dot at each median ratio and a line between its quartiles, on a logarithmic scale.

    Positions across are percentages, so that the text keeps its size on a telephone; colours are the page's.
    """
    low, high = scale(rows)

    def across(ratio: float) -> str:
        return f"{LEFT + WIDTH * math.log(ratio / low) / math.log(high / low):.2f}%"

    def text(x: str, y: int, words: str, *, size: int = 13, colour: str = "ink", more: str = "") -> str:
        style = f"font-size: {size}px; fill: var(--book-{colour}); {more}"
        return f'<text x="{x}" y="{y}" style="{style}">{escape(words)}</text>'

    def line(x1: str, y1: int, x2: str, y2: int, *, colour: str, width: float) -> str:
        style = f"stroke: var(--book-{colour}); stroke-width: {width}px"
        return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" style="{style}"/>'

    end, middle = "text-anchor: end;", "text-anchor: middle;"
    parts = []
    for index, row in enumerate(rows):
        top = index * ROW
        y, quartiles = top + STRIP, [across(quartile) for quartile in row["quartiles"]]
        span = "–".join(ratio_text(quartile) for quartile in row["quartiles"])
        parts += [
            text("0", top + 14, row["what"], more="font-weight: 600;"),
            text("100%", top + 14, f"{ratio_text(row['ratio'])}×", more=f"font-weight: 600; {end}"),
            text("0", top + 31, f"against {row['peer']}", size=12, colour="quiet"),
            text("100%", top + 31, span, size=12, colour="quiet", more=end),
            line("0", y, "100%", y, colour="line", width=1),
            line(across(1), y - 10, across(1), y + 10, colour="quiet", width=1.5),
            line(quartiles[0], y, quartiles[1], y, colour="link", width=3),
            f'<circle cx="{across(row["ratio"])}" cy="{y}" r="4.5" style="fill: var(--book-link)"/>',
        ]
        if row.get("goal"):
            parts.append(
                f'<svg x="{across(row["goal"])}" y="{y}" style="overflow: visible">'
                '<path d="M-5 12h10L0 4z" style="fill: var(--book-mark)"/></svg>'
            )
    height = len(rows) * ROW + FOOT
    for number in ticks(low, high):
        parts.append(
            line(across(number), height - FOOT, across(number), height - FOOT + 5, colour="quiet", width=1)
        )
        parts.append(
            text(across(number), height - 5, f"{number:,.10g}×", size=12, colour="quiet", more=middle)
        )
    parts.append(line("0", height - FOOT, "100%", height - FOOT, colour="quiet", width=1))
    title, description = f"benchmark-{topic}-title", f"benchmark-{topic}-description"
    style = "display: block; overflow: visible; font-family: var(--book-interface)"
    return (
        f'<div style="margin: 1.4rem 0"><svg role="img" aria-labelledby="{title} {description}" '
        f'width="100%" height="{height}" style="{style}">'
        f'<title id="{title}">Speed against the peers: {escape(topic)}</title>'
        f'<desc id="{description}">{escape(" ".join(map(read_aloud, rows)))}</desc>'
        f"{''.join(parts)}</svg></div>"
    )


def cells(row: dict) -> list[list[str]]:
    """Return the cells of a row of the table, each a list of paragraphs."""
    low, high = row["quartiles"]
    return [
        [
            text.replace(" × ", "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}")
            for text in (row["what"], row["detail"])
        ],
        [row["peer"]],
        [ratio_text(row["ratio"])],
        [f"{ratio_text(low)}–{ratio_text(high)}"],
        [ratio_text(row["goal"]) if row.get("goal") else "–"],
        [seconds_text(row["peer_seconds"])],
        [seconds_text(row["ours_seconds"])],
        [f"{row['control']:.3f}"],
    ]
