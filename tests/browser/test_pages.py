"""Every page of the built book, in a real browser."""

import page_checks as checks

PHONE = {"viewport": {"width": 375, "height": 800}}


def test_page_is_whole(visit, book, book_page):
    opened = visit(book + book_page)
    assert checks.requests(opened) == []
    assert checks.mathematics(opened) == []
    assert checks.pictures(opened) == []
    assert checks.weight(opened) == []


def test_nothing_overflows_on_a_telephone(visit, book, book_page):
    opened = visit(book + book_page, **PHONE)
    opened.unfold()
    assert checks.overflow(opened) == []


def test_page_is_accessible_in_light_and_dark(visit, book, book_page):
    for scheme in ("light", "dark"):
        opened = visit(book + book_page, color_scheme=scheme)
        opened.unfold()
        assert opened.page.get_attribute("html", "data-theme") == scheme
        assert checks.accessibility(opened) == [], scheme


def test_every_page_has_search_dark_mode_favicon_and_report_link(visit, book, book_page):
    page = visit(book + book_page).page
    assert page.locator("form.bd-search").count() >= 1
    assert page.locator("button.theme-switch-button").is_visible()
    icon = page.get_attribute("link[rel~=icon]", "href")
    assert icon
    assert page.request.get(page.evaluate("href => new URL(href, document.baseURI).href", icon)).ok
    assert "/issues/new?" in page.get_attribute("a.report", "href")
