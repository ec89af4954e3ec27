"""What a reader does with the book: open, search, switch, follow a link, take the notebook along."""

import json
import re
import tomllib
from html.parser import HTMLParser
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from page_checks import HTML, ROOT, built_pages

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
TAG = f"v{PROJECT['version']}"
REPOSITORY = PROJECT["urls"]["Repository"]
SLUG = urlsplit(REPOSITORY).path


class Links(HTMLParser):
    """Collect the addresses and the anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.anchors = [], {"", "top"}
        self.feed(text)

    def handle_starttag(self, _tag, attributes):
        for name, value in attributes:
            if name in {"href", "src"} and value:
                self.addresses.append(value)
            elif name in {"id", "name"} and value:
                self.anchors.add(value)


@pytest.fixture(scope="module")
def links(book):
    """The links of every page, by path."""
    return {page: Links((HTML / page).read_text(encoding="utf8")) for page in built_pages()}


def test_the_root_leads_to_the_first_page(visit, book):
    page = visit(book).page
    page.wait_for_url("**/book/index.html")
    assert page.locator("h1").count() == 1


def test_internal_links_lead_somewhere(links):
    broken = []
    for page, found in links.items():
        for address in found.addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (HTML / page).parent / unquote(parts.path) if parts.path else HTML / page
            name = target.resolve().relative_to(HTML.resolve()).as_posix()
            known = links[name].anchors if name in links else {unquote(parts.fragment)}
            if not target.is_file() or unquote(parts.fragment) not in known:
                broken.append(f"{page}: {address}")
    assert broken == []


@pytest.mark.parametrize(("words", "wanted"), [("computation graph", "glossary"), ("反向传播", "glossary")])
def test_search_finds_a_term(visit, book, words, wanted):
    page = visit(f"{book}search.html?q={words}").page
    page.wait_for_selector(f"ul.search li a[href*='{wanted}']", timeout=15_000)


def test_search_opens_from_the_keyboard(visit, book):
    page = visit(book + "book/index.html").page
    page.keyboard.press("Control+k")
    page.locator("#search-input").fill("gradient")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"search\.html\?q=gradient"))


def test_the_switch_changes_the_theme_and_the_next_page_keeps_it(visit, book):
    page = visit(book + "book/index.html").page
    seen = set()
    for _ in range(3):
        page.locator("button.theme-switch-button").click()
        seen.add(page.get_attribute("html", "data-mode"))
    assert seen == {"light", "dark", "auto"}
    while page.get_attribute("html", "data-mode") != "dark":
        page.locator("button.theme-switch-button").click()
    page.goto(book + "book/notation.html")
    assert page.get_attribute("html", "data-theme") == "dark"


def test_chapter_links_name_the_notebook_and_the_release(chapter_visit, chapter):
    page = chapter_visit.page
    path = chapter.removesuffix(".html") + ".ipynb"
    assert (ROOT / path).is_file()
    colab = f"https://colab.research.google.com/github{SLUG}/blob/{TAG}/{path}"
    assert page.get_by_role("link", name="Open in Colab").first.get_attribute("href") == colab
    binder = f"https://mybinder.org/v2/gh{SLUG}/{TAG}?urlpath=lab/tree/{path}"
    assert page.get_by_role("link", name="Open in Binder").get_attribute("href") == binder


def test_the_downloaded_notebook_is_the_one_in_the_repository(chapter_visit, chapter):
    page = chapter_visit.page
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the notebook").click()
    received = json.loads(download.value.path().read_text(encoding="utf8"))
    assert received == json.loads((ROOT / chapter).with_suffix(".ipynb").read_text(encoding="utf8"))


def test_the_report_names_the_page_and_the_release(chapter_visit, chapter):
    address = chapter_visit.page.get_attribute("a.report", "href")
    assert address.startswith(f"{REPOSITORY}/issues/new?")
    form = parse_qs(urlsplit(address).query)
    path = chapter.removesuffix(".html") + ".ipynb"
    assert path in form["title"][0]
    assert TAG in form["body"][0]


def test_a_chapter_folds_its_solutions_and_hides_its_colab_cell(chapter_visit):
    page = chapter_visit.page
    folds = page.locator("details.fold")
    labels = folds.locator("summary").all_inner_texts()
    solutions = [label for label in labels if label.startswith("Solution")]
    assert solutions == [f"Solution {k}" for k in range(1, len(solutions) + 1)]
    assert len(solutions) >= 5
    assert set(labels) <= {*solutions, "The check", "The code of this figure"}
    assert not any(folds.nth(index).get_attribute("open") for index in range(folds.count()))
    text = page.locator("article").inner_text()
    assert "google.colab" not in text
    assert "@title" not in page.locator("article").text_content()


def test_api_page_shows_signature_and_docstring(visit, book):
    page = visit(book + "book/api/autograd.html").page
    assert page.locator("dt.sig .sig-name", has_text="Tensor").count() >= 1
    assert page.locator("dl.py dd .highlight").count() >= 1


@pytest.mark.parametrize(
    ("page", "thing", "arguments"),
    [
        ("optimizers", "optim.rmsprop.RMSProp", "params, lr, alpha, eps, weight_decay, momentum, centered"),
        ("networks", "nn.activations.gelu", "X, approximate"),  # what is raised follows in the same paragraph
    ],
)
def test_api_page_lists_arguments_and_keeps_what_is_raised_apart(visit, book, page, thing, arguments):
    described = visit(f"{book}book/api/{page}.html").page.locator(f"dt[id='d2lmodels.{thing}'] + dd")
    listed = described.locator("> ul > li > p > code:first-child").all_inner_texts()
    assert listed == arguments.split(", ")
    assert described.locator("> ul", has_text="Raises").count() == 0
    assert described.locator("> p", has_text="Raises").count() == 1
