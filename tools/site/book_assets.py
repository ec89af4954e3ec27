"""Serve everything from the site itself: MathJax from its wheel, no Thebe, no icon fonts."""

import shutil
from pathlib import Path

import jupyter_server_mathjax
from sphinx.application import Sphinx

MATHJAX = Path(jupyter_server_mathjax.__file__).parent / "static"
UNUSED = ("thebe", "toggle", "design-tabs")
MATHJAX_PARTS = [
    "MathJax.js",
    "LICENSE",
    "config",
    "extensions",
    "fonts",
    "jax/element",
    "jax/input",
    "jax/output/HTML-CSS",
]


def drop_unused(_app: Sphinx, _page: str, _template: str, context: dict, _doctree: object) -> None:
    """Leave out Thebe, which would come from another host, and scripts that no page uses."""

    def wanted(asset: object) -> bool:
        text = f"{getattr(asset, 'filename', asset)} {getattr(asset, 'attributes', '')}".lower()
        return not any(name in text for name in UNUSED)

    for kind in ("script_files", "css_files"):
        context[kind] = [asset for asset in context[kind] if wanted(asset)]


def copy_assets(app: Sphinx, exception: Exception | None) -> None:
    """Copy MathJax and the book's own static files, and remove the theme's unused icon fonts."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for part in MATHJAX_PARTS:
        source, target = MATHJAX / part, static / "mathjax" / part
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    shutil.copytree(Path(app.srcdir) / "book" / "_static", static, dirs_exist_ok=True)
    shutil.rmtree(static / "vendor", ignore_errors=True)


def drop_stale(app: Sphinx, exception: Exception | None) -> None:
    """Remove pages whose source is gone."""
    if exception or app.builder.format != "html":
        return
    known = app.env.found_docs | {"index", "search", "genindex", "py-modindex"}
    for page in Path(app.outdir).rglob("*.html"):
        name = page.relative_to(app.outdir).with_suffix("").as_posix()
        if name not in known and not name.startswith("_"):
            page.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the extension."""
    app.connect("html-page-context", drop_unused, priority=900)
    app.connect("build-finished", copy_assets)
    app.connect("build-finished", drop_stale)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
