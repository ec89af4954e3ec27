"""English Wikipedia of April 2016, the first 106 articles: their text without markup, and its sentences.

The dump that comes in gensim's wheel has 206 pages; 100 of them only lead to another page. Not here: tables,
templates and footnotes (they are left out), and a full grammar of the markup, which has none.
"""

import bz2
import html
import re
from xml.etree import ElementTree

from d2lmodels.data.wheel import Source, Wheel, fetch
from d2lmodels.data.word_tests import WORD_TESTS

_MEMBER = "gensim/test/test_data/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"

WIKIPEDIA = Source(
    name="wikipedia",
    what="206 pages of English Wikipedia, 106 articles among them",
    file="enwiki-shortened.xml.bz2",
    sha256="a53f4648dec40467ebdcbc7a1307eddb51fe6e28e9309f6ebde81ba0d04bea2d",
    size=1_695_871,
    download=27_864_118,
    licence="CC BY-SA 3.0, the authors of Wikipedia",
    places=(
        Wheel("gensim==4.4.0", _MEMBER, "cp312-cp312-manylinux_2_24_x86_64"),
        Wheel("gensim==4.3.3", _MEMBER, "cp312-cp312-manylinux_2_17_x86_64"),
    ),
)

# Cut out with all that they hold: comments, and elements that hold no prose. Of other elements only the tags.
_SILENT = "ref|math|gallery|timeline|source|syntaxhighlight|score|hiero|imagemap|chem"
_TAGS = re.compile(
    rf"<!--.*?-->|<(?:{_SILENT})\b[^<>]*/>|<({_SILENT})\b[^<>]*>.*?</\1\s*>|</?[a-z][^<>]*>", re.S | re.I
)
# What nests, so that the innermost goes first: templates, tables, links.
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_TABLE = re.compile(r"^[ :*]*\{\|(?:(?!\{\||^[ :*]*\|\}).)*^[ :*]*\|\}", re.S | re.M)
_LINK = re.compile(r"\[\[((?:[^\[\]]|\[(?!\[)|\](?!\]))*)\]\]")
_NAMESPACE = re.compile(r"\s*(?:file|image|category|media|[a-z]{2,3}(?:-[a-z]+)*)\s*:", re.I)  # fr: is French
_ADDRESS = re.compile(r"\[(?:https?:|ftp:)?//[^\s\]]*([^\[\]]*)\]|https?://[^\s\]|]+")
_LINE = re.compile(r"^(?:=.*|[|!{}].*|__[A-Z]+__|[*#:; ]+)", re.M)  # headings, remains of tables, list marks

_WORD = re.compile(r"[^\W_]+")
_BORDER = re.compile(
    r"\n|(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b(?:Dr|Mr|St|vs)\.)(?<!\bMrs\.)[\"')\]]*\s+(?=[\"'(\[]*[A-Z])"
)


def load_wikipedia() -> list[str]:
    """Return the plain text of each of the 106 articles, in the order of the dump; a line is a paragraph.

    Raises `RuntimeError` when the file can be found nowhere.

    >>> articles = load_wikipedia()
    >>> len(articles), articles[0][:57]
    (106, 'Anarchism is a political philosophy that advocates self-g')
    """
    with bz2.open(fetch(WIKIPEDIA, also=WORD_TESTS)) as file:
        pages = ElementTree.parse(file).iterfind("{*}page")
        return [
            plain_text(page.findtext("{*}revision/{*}text"))
            for page in pages
            if page.find("{*}redirect") is None
        ]


def plain_text(markup: str) -> str:
    """Return the prose of a page: no templates, footnotes, tables, headings, pictures and formulas.

    Arguments: `markup`, as it stands in the page's editor. Of a link its label is kept, or its target where
    it has none; of a list the items. There is one line for each paragraph and each item.

    >>> plain_text("'''Mice''' are [[rodent|rodents]].<ref>[[A]], p. 3</ref>{{citation needed|{{date}}}}")
    'Mice are rodents.'
    """
    text = _TAGS.sub("", markup)
    for pattern, replacement in ((_TEMPLATE, ""), (_TABLE, ""), (_LINK, _label)):
        count = 1
        while count:
            text, count = pattern.subn(replacement, text)
    text = _ADDRESS.sub(r"\1", text)
    text = html.unescape(_LINE.sub("", re.sub("''+", "", text)))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _label(link: re.Match) -> str:
    """Return what a reader sees of `[[target|label]]`: nothing of a picture, a category, another language."""
    return "" if _NAMESPACE.match(link[1]) else link[1].rpartition("|")[2]


def split_sentences(text: str) -> list[list[str]]:
    """Return the sentences of a text, each a list of words in small letters; a number is a word.

    A sentence ends with its line, or at `.`, `!` or `?` before a space and a capital letter, unless the stop
    is an initial's or one of a few titles'. An apostrophe or a hyphen parts words.

    >>> split_sentences("Dr. J. Smith's cat sat. It slept for 2 hours!")
    [['dr', 'j', 'smith', 's', 'cat', 'sat'], ['it', 'slept', 'for', '2', 'hours']]
    """
    sentences = (_WORD.findall(sentence.lower()) for sentence in _BORDER.split(text))
    return [words for words in sentences if words]
