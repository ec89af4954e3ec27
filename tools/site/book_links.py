"""Derive every outward link of the site from pyproject.toml: source, issues, Colab, Binder, download."""

import tomllib
from pathlib import Path
from urllib.parse import quote, urlencode

from sphinx.application import Sphinx
from sphinx.config import Config


def read_project(root: Path) -> dict[str, str]:
    """Read the version, the release's tag and the repository's address from `root`/pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf8"))["project"]
    return {
        "version": project["version"],
        "tag": f"v{project['version']}",
        "repository": project["urls"]["Repository"].rstrip("/"),
    }


def links(project: dict[str, str], path: str) -> dict[str, str]:
    """Give the links of the page whose source is `path`, relative to the repository's root.

    A notebook has links to Colab and Binder; every page has its source and an issue form.
    """
    repository, tag = project["repository"], project["tag"]
    slug = repository.removeprefix("https://github.com/")
    report = {"title": f"Error on {path}", "body": f"Page: {path}\nRelease: {tag}\n\nWhat is wrong:\n"}
    found = {
        "source": f"{repository}/blob/{tag}/{path}",
        "issue": f"{repository}/issues/new?{urlencode(report, quote_via=quote)}",
    }
    if path.endswith(".ipynb"):
        found["colab"] = f"https://colab.research.google.com/github/{slug}/blob/{tag}/{path}"
        found["binder"] = f"https://mybinder.org/v2/gh/{slug}/{tag}?urlpath=lab/tree/{path}"
    return found


def configure(app: Sphinx, config: Config) -> None:
    """Fill in what Sphinx and the theme ask of the project: version, repository and tag."""
    project = read_project(Path(app.srcdir))
    config.version = config.release = project["version"]
    config.html_context |= {"project": project, "default_mode": "auto"}
    config.html_theme_options |= {
        "repository_url": project["repository"],
        "repository_branch": project["tag"],
    }


def add_links(app: Sphinx, pagename: str, _template: str, context: dict, _doctree: object) -> None:
    """Hand the templates this page's links, and the part of the book it stands in."""
    found = app.env.found_docs
    path = Path(app.env.doc2path(pagename, base=False)).as_posix() if pagename in found else pagename
    context["links"] = links(app.config.html_context["project"], path)
    if path.endswith(".ipynb"):
        context["links"]["download"] = context["pathto"](f"_sources/{path}", 1)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the extension."""
    app.connect("config-inited", configure, priority=100)
    app.connect("html-page-context", add_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
