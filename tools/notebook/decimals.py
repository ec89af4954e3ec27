"""Decimals and percentages in the prose that nothing in the chapter shows."""

import re

from tools.notebook.cells import tags
from tools.notebook.message import Chapter, shown_text
from tools.notebook.prose import blocks

CLAIM = re.compile(r"(?<![\w.,/-])[-−+]?(\d{1,3}(?:,\d{3})*\.\d+|\d*\.\d+|\d+(?=\s?%))(?![\w.]*\.\d)(\s?%)?")
NUMBER = re.compile(r"(?<![A-Za-z_])(?:\d{1,3}(?:,\d{3})+|\d+)?\.?\d+(?:[eE][-+]?\d+)?")
POWER = re.compile(r"(\d*\.?\d+)\s*(?:×|\\times|\\cdot|·)\s*10\^?\{?\s*([-−]?\d+)\}?")
REFERENCE = re.compile(
    r"\b(section|equation|eq|figure|table|chapter|python|version|torch|numpy|§)\.?\s*$", re.IGNORECASE
)


def numbers(text: str) -> set[float]:
    """Every number in a text, powers of ten included."""
    found = {float(match.replace(",", "")) for match in NUMBER.findall(text) if re.search(r"\d", match)}
    for factor, exponent in POWER.findall(text):
        if abs(int(exponent.replace("−", "-"))) < 300:
            found.add(float(factor) * 10.0 ** int(exponent.replace("−", "-")))
    return {value for value in found if value < float("inf")}


def shown(chapter: Chapter) -> set[float]:
    """The numbers of all outputs, code cells, derivations and tables, and of claims under audit."""
    found = set()
    for cell in chapter.cells:
        if cell.cell_type == "code":
            found |= numbers(cell.source)
            for output in cell.get("outputs", []):
                found |= numbers(re.sub(r"<[^>]*>", " ", shown_text(output)))
        elif cell.cell_type == "markdown":
            for block in blocks(cell.source):
                derived = [formula for formula in block.formulas if "=" in formula or "approx" in formula]
                whole = block.kind in ("math", "code", "table")
                found |= numbers(" ".join(block.formulas if whole else derived))
                if any(tag.startswith("audit-") for tag in tags(cell)):
                    found |= numbers(" ".join([block.text, *block.formulas]))
    return found


def supported(claim: str, percent: bool, known: list[float]) -> bool:
    """Whether some known number rounds to the claim."""
    value = float(claim.replace(",", ""))
    places = len(claim.partition(".")[2])
    margin = 0.5 * 10.0**-places * (1 + 1e-6)
    scales = (1.0, 100.0) if percent else (1.0,)
    if any(abs(scale * number - value) <= margin for number in known for scale in scales):
        return True
    return percent and any(abs(100 * (1 - number) - value) <= margin for number in known if number <= 1)


def unsupported(chapter: Chapter) -> list[tuple]:
    """The cells with decimals that nothing shows, and those decimals."""
    known, result = sorted(shown(chapter)), []
    for cell in chapter.prose:
        missing = []
        for block in blocks(cell.source):
            if block.kind not in ("paragraph", "item") or any("://" in link for link in block.links):
                continue
            for text in [block.text, *(formula for formula in block.formulas if "=" not in formula)]:
                for match in CLAIM.finditer(text.replace(r"\%", "%").replace("{,}", "")):
                    if REFERENCE.search(text[: match.start()]):
                        continue
                    if not supported(match[1], bool(match[2]), known):
                        missing.append(match[0].strip())
        if missing:
            result.append((cell, list(dict.fromkeys(missing))))
    return result
