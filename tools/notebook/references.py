"""The list of papers at the end of a chapter, from `book/references.bib`."""

from functools import lru_cache
from pathlib import Path

from pybtex.database import BibliographyData, Entry, Person, parse_file
from pybtex.richtext import Text

from tools.notebook.cells import Mend

BIBLIOGRAPHY = "book/references.bib"


@lru_cache
def load(file: Path, changed: float) -> BibliographyData:
    """The entries of `file`; `changed` (its time of change) only tells the cache apart."""
    return parse_file(str(file), bib_format="bibtex")


def entries(root: Path, keys: list[str]) -> dict[str, Entry]:
    """The entries with these keys, in this order; a missing one is an error."""
    if not keys:
        return {}
    file = root / BIBLIOGRAPHY
    if not file.is_file():
        raise Mend(f"`papers` names {keys[0]}, but {BIBLIOGRAPHY} does not exist; write it")
    known = load(file, file.stat().st_mtime).entries
    missing = [key for key in keys if key not in known]
    if missing:
        raise Mend(f"`papers` names {', '.join(missing)}, not in {BIBLIOGRAPHY}; add the entry")
    return {key: known[key] for key in keys}


def address(entry: Entry) -> str | None:
    """Where a reader finds the paper: its DOI, address or arXiv number."""
    fields = entry.fields
    if "doi" in fields:
        return f"https://doi.org/{fields['doi'].replace(chr(92), '')}"
    if "url" in fields:
        return fields["url"].replace(chr(92), "")
    return f"https://arxiv.org/abs/{fields['eprint']}" if "eprint" in fields else None


def person(author: Person) -> str:
    """`D. E. Rumelhart`."""
    given = [f"{str(Text.from_latex(name))[0]}." for name in author.first_names + author.middle_names]
    family = [str(Text.from_latex(name)) for name in author.prelast_names + author.last_names]
    return " ".join(given + family + author.lineage_names)


def line(entry: Entry) -> str:
    """One paper as a line of Markdown."""
    names = [person(author) for author in entry.persons.get("author", entry.persons.get("editor", []))]
    if names[-1:] == ["others"] or len(names) > 6:
        names = [names[0], "others"]
    authors = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else ""
    plain = {key: str(Text.from_latex(value)) for key, value in entry.fields.items()}
    name = f"*{plain['title']}*"
    link = address(entry)
    where = next(
        (plain[key] for key in ("journal", "booktitle", "publisher", "howpublished") if key in plain), None
    )
    parts = [authors, f"[{name}]({link})" if link else name, where, plain.get("year")]
    return "- " + ", ".join(part for part in parts if part) + "."


def cell_text(root: Path, keys: list[str]) -> str:
    """The source of the cell tagged `references`."""
    papers = entries(root, keys)
    return "## References\n\n" + "\n".join(line(entry) for entry in papers.values())
