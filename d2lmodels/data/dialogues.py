"""ChatterBot's corpus: questions with the answers that people wrote for a program to give, by topic.

The topics are the files of the corpus, as they are: their sizes differ, and many exchanges stand in them more
than once, 10 of them 105 times each in "tech_support". Not here: a split into training and test, for which
copies must go first.
"""

import zipfile

from d2lmodels.data.catalogues import WholeWheel
from d2lmodels.data.wheel import Source, fetch

DIALOGUES = Source(
    name="dialogues",
    what="ChatterBot's corpus of questions and answers by topic",
    file="chatterbot_corpus.zip",
    sha256="86de5300afb9a80826386339d3bec79c0a72eb0358abb8327e2ecef5ae0ce154",
    size=345_706,
    download=345_706,
    licence="BSD-3-Clause, Gunther Cox and contributors",
    places=(WholeWheel("chatterbot-corpus==1.3.3", ""),),
)


def load_dialogues(language: str = "english") -> dict[str, list[tuple[str, ...]]]:
    """Return the exchanges of each topic: what one side says, then the other, and so on; copies included.

    Arguments: `language`, a folder of the corpus, such as "english", "chinese" or "french". Spaces at the
    ends of what is said are left out, and so are exchanges in which a side says nothing.

    Raises `ValueError` for a language that the corpus lacks, `ImportError` where PyYAML is not installed,
    `RuntimeError` when the corpus can be found nowhere.

    >>> dialogues = load_dialogues()
    >>> len(dialogues), dialogues["ai"][2]
    (21, ('Are you sentient?', 'Sort of.'))
    >>> len(dialogues["tech_support"]), len(set(dialogues["tech_support"]))
    (1050, 10)
    """
    try:
        import yaml
    except ImportError as error:
        wanted = "pip install 'd2lmodels[language]'"
        raise ImportError(f"dialogues need PyYAML, which is not installed: {wanted}") from error
    topics = {}
    with zipfile.ZipFile(fetch(DIALOGUES)) as wheel:
        members = sorted(name for name in wheel.namelist() if name.endswith(".yml"))
        languages = sorted({member.split("/")[-2] for member in members})
        if language not in languages:
            raise ValueError(f"language is {language!r}; it must be one of {', '.join(languages)}")
        for member in members:
            *_, folder, file = member.split("/")
            if folder == language:
                exchanges = yaml.safe_load(wheel.read(member))["conversations"]
                topics[file.removesuffix(".yml")] = _cleaned(exchanges)
    return topics


def _cleaned(exchanges) -> list[tuple[str, ...]]:
    """Return the exchanges with each line as a string: YAML reads some as numbers, one exchange as text."""
    talks = (exchange for exchange in exchanges if isinstance(exchange, list))
    lines = (tuple("" if line is None else str(line).strip() for line in talk) for talk in talks)
    return [each for each in lines if len(each) > 1 and all(each)]
