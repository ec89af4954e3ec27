"""Every page of the built book, in a real browser."""

import page_checks as checks

PHONE = {"viewport": {"width": 375, "height": 800}}


def test_page_is_whole(book_visit):
    assert checks.requests(book_visit) == []
    assert checks.mathematics(book_visit) == []
    assert checks.weight(book_visit) == []  # before all pictures are made to load
    assert checks.pictures(book_visit) == []


def test_every_page_has_search_dark_mode_favicon_and_report_link(book_visit):
    page = book_visit.page
    assert page.locator("form.bd-search").count() >= 1
    assert page.locator("button.theme-switch-button").is_visible()
    icon = page.get_attribute("link[rel~=icon]", "href")
    assert icon
    assert page.request.get(page.evaluate("href => new URL(href, document.baseURI).href", icon)).ok
    assert "/issues/new?" in page.get_attribute("a.report", "href")


def test_page_is_accessible_in_light(book_visit):
    book_visit.unfold()
    assert book_visit.page.get_attribute("html", "data-theme") == "light"
    assert checks.accessibility(book_visit) == []


def test_page_is_accessible_in_dark(visit, book, book_page):
    opened = visit(book + book_page, color_scheme="dark")
    opened.unfold()
    assert opened.page.get_attribute("html", "data-theme") == "dark"
    assert checks.accessibility(opened) == []


def test_nothing_overflows_on_a_telephone(visit, book, book_page):
    opened = visit(book + book_page, **PHONE)
    opened.unfold()
    assert checks.overflow(opened) == []
