"""What every page of the book must be. Each check returns a list of complaints, empty where all is well."""

import gzip
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
MATHEMATICS_SECONDS = 20  # a bound for slow machines; speed is measured elsewhere
LARGEST_PAGE = 800_000
COMPRESSED = {"text", "application/javascript", "application/json", "image/svg+xml"}
MATHEMATICS_SET = """() => !document.querySelector(".math, script[src*=MathJax]")
  || (window.MathJax?.isReady && MathJax.Hub.queue.pending === 0)"""
UNSET_MATHEMATICS = """() => {
  const unset = [...document.querySelectorAll(".math:not(.MathJax *)")]
    .filter(node => !node.querySelector(".MathJax"));
  const wrong = [...document.querySelectorAll(".MathJax .merror, .MathJax_Error")];
  return [...unset, ...wrong].slice(0, 5).map(node => node.textContent.slice(0, 120));
}"""
RAW_MATHEMATICS = r"""() => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent;
    const verbatim = walker.currentNode.parentElement.closest("pre, code, script, .MathJax");
    if (/\\[([]|\$\$/.test(text) && !verbatim) found.push(text);
  }
  return found.slice(0, 5);
}"""
PICTURES = """async () => {
  const images = [...document.images];
  for (const image of images) image.loading = "eager";
  await Promise.all(images.map(image => image.decode().catch(() => {})));
  return images
    .filter(image => !image.getAttribute("alt")?.trim() || !image.naturalWidth)
    .map(image => image.outerHTML.slice(0, 120));
}"""
OVERFLOWING = """() => {
  const limit = document.documentElement.clientWidth;
  const inBox = node => {
    for (let up = node; up && up !== document.body; up = up.parentElement) {
      const scrolls = ["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX);
      if (scrolls && up.getBoundingClientRect().right <= limit + 1) return true;
    }
    return false;
  };
  const found = [...document.body.querySelectorAll("*")].filter(node => {
    const box = node.getBoundingClientRect();
    const shown = box.width && getComputedStyle(node).visibility === "visible";
    const aside = node.closest("[class*=bd-sidebar-], [aria-hidden=true], .MJX_Assistive_MathML, svg");
    return shown && !aside && box.right > limit + 1 && !inBox(node);
  });
  if (document.documentElement.scrollWidth > limit) found.unshift(document.documentElement);
  return found.slice(0, 5).map(node => node.outerHTML.slice(0, 120));
}"""

# A chapter has ten thousand coloured words of code in a dozen colours; contrast takes axe 2 ms for each.
SAME_COLOUR_KEPT = 20
THIN_CODE = """kept => {
  const seen = {};
  for (const word of document.querySelectorAll("pre span[class]:not(:has(*))")) {
    const around = word.closest("[class*=cell_], [class*=highlight]")?.className;
    const kind = `${around} ${word.className} ${word.getAttribute("style")}`;
    seen[kind] = (seen[kind] || 0) + 1;
    if (seen[kind] > kept) word.replaceWith(word.textContent);
  }
}"""


def built_pages():
    """Name every page of the book, relative to `_build/html`; the root is only a redirect."""
    pages = (path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html"))
    return sorted(page for page in pages if page != "index.html" and not page.startswith("_"))


class Visit:
    """One page in the browser, with its errors and its requests; those to other hosts are refused."""

    def __init__(self, page, address):
        self.page, self.errors, self.foreign = page, [], []
        self.host, self.responses = urlsplit(address).netloc, []
        page.route(lambda url: url.startswith("http") and urlsplit(url).netloc != self.host, self.refuse)
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("response", self.receive)
        page.goto(address, wait_until="load")
        self.settle()

    def refuse(self, route):
        """Record a request to another host and abort it."""
        self.foreign.append(route.request.url)
        route.abort()

    def hear(self, message):
        """Record an error that the page wrote to the console."""
        if message.type == "error":
            self.errors.append(message.text)

    def receive(self, response):
        """Record an answer; its body is read when it is asked for."""
        self.responses.append(response)
        if response.status >= 400:
            self.errors.append(f"{response.status} {response.url}")

    def settle(self):
        """Wait until mathematics is set and fonts are there."""
        self.page.wait_for_function(MATHEMATICS_SET, timeout=MATHEMATICS_SECONDS * 1000)
        self.page.evaluate("document.fonts.ready.then(() => true)")

    def unfold(self):
        """Open every folded cell."""
        self.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")


def compressed_size(response):
    """The bytes a server that compresses text would send."""
    body = response.body()
    kind = response.headers.get("content-type", "").partition(";")[0]
    return len(gzip.compress(body, 6)) if {kind, kind.partition("/")[0]} & COMPRESSED else len(body)


def requests(visit):
    """Errors in the console, missing files, and requests to other hosts."""
    return [f"error: {text}" for text in visit.errors] + [f"foreign: {url}" for url in visit.foreign]


def mathematics(visit):
    """Formulas that were not set, and delimiters that a reader can see."""
    unset, raw = visit.page.evaluate(UNSET_MATHEMATICS), visit.page.evaluate(RAW_MATHEMATICS)
    return [f"not set: {text}" for text in unset] + [f"raw: {text}" for text in raw]


def weight(visit):
    """A page heavier than the limit, with its heaviest parts."""
    sizes = {
        response.url: compressed_size(response)
        for response in visit.responses
        if response.ok and response.url.startswith("http")
    }
    heaviest = sorted(sizes.items(), key=lambda item: -item[1])[:5]
    total = sum(sizes.values())
    return [f"{total:,} bytes compressed: {heaviest}"] if total > LARGEST_PAGE else []


def pictures(visit):
    """Pictures without alternative text, or that do not load, also those that would wait to be looked at."""
    return visit.page.evaluate(PICTURES)


def overflow(visit):
    """Elements that stick out on the right of the window, and are in no box that scrolls."""
    return visit.page.evaluate(OVERFLOWING)


def accessibility(visit):
    """What axe finds serious or critical; the inside of a formula is MathJax's affair.

    Of the words of code that look alike, the first twenty stay words of their own; the page is changed.
    """
    visit.page.evaluate(THIN_CODE, SAME_COLOUR_KEPT)
    options = {"resultTypes": ["violations"], "rules": {"label-content-name-mismatch": {"enabled": True}}}
    results = Axe().run(visit.page, context={"exclude": [[".MathJax"]]}, options=options)
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:120]} {node.get('failureSummary', '')}"
        for violation in results.response["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"][:3]
    ]
